# Writes a C file that embeds what the web build made:
#     cmake -DOUT=FILE -DROOT=DIR -DFILES="a|b" -P assets.cmake
# The assembler takes the bytes in (.incbin), which costs the compiler nothing. FILE.br and FILE.gz
# are forms of FILE.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "|" ";" files "${FILES}")
set(plain ${files})
list(FILTER plain EXCLUDE REGEX "\\.(br|gz)$")
list(SORT plain) # as strcmp() does: assets.c looks up by halves
set(code "/* Made from ${ROOT} by assets.cmake. */\n#include \"designer-api/assets_priv.h\"\n\n")
set(bytes "")
set(rows "")
set(n 0)

# Adds one form of a file, "{ NULL, 0 }" if it is not there.
function(form file)
    if(NOT file IN_LIST files OR NOT EXISTS ${file})
        set(row "{ NULL, 0 }" PARENT_SCOPE)
        return()
    endif()
    file(SIZE ${file} size)
    # One statement each: C99 promises no text of more than 4,095 bytes.
    string(APPEND bytes "__asm__(\".pushsection .rodata.assets, \\\"a\\\"\\n\"\n"
           "        \"asset_${n}: .incbin \\\"${file}\\\"\\n\"\n"
           "        \".popsection\\n\");\n")
    string(APPEND code "extern const unsigned char asset_${n}[];\n")
    set(row "{ asset_${n}, ${size} }" PARENT_SCOPE)
    math(EXPR n "${n} + 1")
    set(n ${n} PARENT_SCOPE)
    set(bytes "${bytes}" PARENT_SCOPE)
    set(code "${code}" PARENT_SCOPE)
endfunction()

foreach(file ${plain})
    if(NOT EXISTS ${file})
        message(WARNING "${file} has gone: build again when the web build has ended")
        continue()
    endif()
    file(RELATIVE_PATH path ${ROOT} ${file})
    file(SHA256 ${file} hash)
    string(SUBSTRING ${hash} 0 32 hash)
    form(${file})
    set(row_plain ${row})
    form(${file}.br)
    set(row_br ${row})
    form(${file}.gz)
    string(APPEND rows
           "    { \"/${path}\", \"${hash}\", ${row_plain}, ${row_br}, ${row} },\n")
endforeach()
list(LENGTH plain count)
string(APPEND code "${bytes}const struct asset_file assets__files[] = {\n${rows}"
       "    { NULL, NULL, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } },\n};\n"
       "const size_t assets__file_count = ${count};\n")
file(WRITE ${OUT} "${code}")
