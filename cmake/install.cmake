# Where `cmake --install build --prefix PREFIX` puts things: programs, their manual pages and completion in bash, the
# model that comes with them and the unit for systemd.
include(GNUInstallDirs)
include(cmake/man_pages.cmake)

# Where the CUDA toolkit's libraries are known only to the linker, the programs say where they lie.
set_target_properties(seq2seq PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS seq2seq mailer)

# The model, where there is one, with what is to be known of it. Where the program looks: shipped_model.h.
install(DIRECTORY models DESTINATION ${CMAKE_INSTALL_DATADIR}/favras)

# bash-completion looks for a file with the program's name.
set(completions ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES completions/seq2seq.bash DESTINATION ${completions} RENAME seq2seq)
install(FILES completions/seq2seq.bash DESTINATION ${completions} RENAME mailer)

get_property(pages GLOBAL PROPERTY favras_man_pages)
if(pages)
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

# The unit names the program by its whole path, which is known only now.
install(CODE "set(unit [[${PROJECT_SOURCE_DIR}/deploy/favras-train@.service]])
set(installed_unit [[${CMAKE_BINARY_DIR}/favras-train@.service]])")
install(CODE [[
file(READ "${unit}" text)
string(REPLACE /usr/local/bin/ "${CMAKE_INSTALL_PREFIX}/bin/" text "${text}")
file(WRITE "${installed_unit}" "${text}")
]])
install(FILES ${CMAKE_BINARY_DIR}/favras-train@.service DESTINATION lib/systemd/system)
