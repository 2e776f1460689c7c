# embed.cmake -- writes OUT, a table of the migration FILES with their bytes, so
# that the binary brings its schema along. Run by cmake -P at build time.
file(WRITE ${OUT}.new "/* Made from schema/sql by embed.cmake. */\n#include \"migrations.h\"\n\n")
set(table "")
foreach(file ${FILES})
	get_filename_component(name ${file} NAME_WE)
	string(REGEX MATCH "^[0-9]+" number ${name})
	string(REGEX REPLACE "^0+" "" version ${number})
	file(READ ${file} hex HEX)
	string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
	file(APPEND ${OUT}.new "static const char sql_${number}[] = {\n${bytes}0 };\n\n")
	string(APPEND table "\t{ ${version}, \"${name}\", sql_${number} },\n")
endforeach()
file(APPEND ${OUT}.new "const struct cti_migration cti_migrations[] = {\n${table}};\n\n"
	"const size_t cti_nmigrations = sizeof(cti_migrations) / sizeof(cti_migrations[0]);\n")
file(RENAME ${OUT}.new ${OUT})
