# cti_layer(<name> SOURCES ... USES <lower layers and libraries> [PRIVATE_USES ...])
#
# A folder is a library. Its headers can be included by those alone who name it
# in USES, so an include that points up the picture in the README does not
# compile. PRIVATE_USES are libraries that the folder's headers do not show.
add_library(cti_warnings INTERFACE)
target_compile_options(cti_warnings INTERFACE
	$<$<COMPILE_LANGUAGE:C,CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion
		-Wvla -Wformat=2 -Wswitch-enum -Wimplicit-fallthrough>
	$<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>
	$<$<BOOL:${RINGBRIDGE_WERROR}>:-Werror>)
target_compile_definitions(cti_warnings INTERFACE _GNU_SOURCE)

if(RINGBRIDGE_SANITIZE)
	add_compile_options(-fsanitize=${RINGBRIDGE_SANITIZE} -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	add_link_options(-fsanitize=${RINGBRIDGE_SANITIZE})
endif()
if(RINGBRIDGE_FUZZ)
	# Coverage in our own code; only the targets themselves bring libFuzzer's main.
	add_compile_options(-fsanitize=fuzzer-no-link)
	add_link_options(-fsanitize=fuzzer-no-link)
endif()

function(cti_layer name)
	cmake_parse_arguments(A "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
	add_library(cti_${name} STATIC ${A_SOURCES})
	target_include_directories(cti_${name} PUBLIC
		${PROJECT_SOURCE_DIR}/cti-core/include ${CMAKE_CURRENT_SOURCE_DIR})
	target_link_libraries(cti_${name} PUBLIC ${A_USES} PRIVATE cti_warnings ${A_PRIVATE_USES})
endfunction()
