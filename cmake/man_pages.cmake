# Manual pages, which help2man (a Debian package) makes of what the programs say of themselves with --help. Without it
# there are none. Target `man` makes them alone: cmake --build build --target man.
find_program(FAVRAS_HELP2MAN help2man)
mark_as_advanced(FAVRAS_HELP2MAN)

# favras_man_page(PROGRAM SUMMARY): PROGRAM.1 beside the program's folder, in man/.
function(favras_man_page program summary)
  set(page ${CMAKE_BINARY_DIR}/man/${program}.1)
  add_custom_command(OUTPUT ${page}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/man
    COMMAND ${CMAKE_COMMAND} -E env FAVRAS_PROGRAM=$<TARGET_FILE:${program}>
      ${FAVRAS_HELP2MAN} --no-info --name ${summary} --output ${page} ./all_help.sh
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/cmake  # help2man knows no blanks in paths
    DEPENDS ${program} ${PROJECT_SOURCE_DIR}/cmake/all_help.sh
    COMMENT "Making the manual page ${program}.1"
    VERBATIM)
  set_property(GLOBAL APPEND PROPERTY favras_man_pages ${page})
endfunction()

if(FAVRAS_HELP2MAN)
  favras_man_page(seq2seq "train and use a character-level spelling corrector")
  favras_man_page(mailer "send mail from programs that report while they work")
  get_property(pages GLOBAL PROPERTY favras_man_pages)
  add_custom_target(man ALL DEPENDS ${pages})
endif()
