# Libraries from Debian's packages, each as one imported target that says which
# compile flags its headers want.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(LIBRE REQUIRED IMPORTED_TARGET libre)
pkg_check_modules(LWS REQUIRED IMPORTED_TARGET libwebsockets)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
pkg_check_modules(LDAP REQUIRED IMPORTED_TARGET ldap lber)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET openssl)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(SYSTEMD IMPORTED_TARGET libsystemd)
find_library(PHONENUMBER_LIB phonenumber REQUIRED)

# libre's headers do not compile without these, and some must match the build of
# the package (the size of struct sa depends on HAVE_INET6 and HAVE_UNIXSOCK).
add_library(cti_re INTERFACE)
target_link_libraries(cti_re INTERFACE PkgConfig::LIBRE)
target_compile_definitions(cti_re INTERFACE HAVE_INTTYPES_H HAVE_STDBOOL_H HAVE_INET6)
if(LIBRE_VERSION VERSION_GREATER_EQUAL 2)
	target_compile_definitions(cti_re INTERFACE HAVE_UNIXSOCK=0 CTI_RE_VERIFIES_TLS)
endif()
