# What Debian's policy wants of a package and `cmake --install` does not need. Runs on the tree that becomes
# the package; reads no clock but SOURCE_DATE_EPOCH, so that the same source gives the same package.
set(root ${CPACK_TEMPORARY_DIRECTORY})
set(documents ${root}/usr/share/doc/liandong)
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
else()
  set(date "Thu, 01 Jan 2026 00:00:00 +0000")
endif()
file(WRITE ${documents}/changelog "liandong (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * What changed stands in CHANGELOG.md of the source.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(COPY_FILE ${CMAKE_CURRENT_LIST_DIR}/copyright ${documents}/copyright)
file(GLOB_RECURSE manuals ${root}/usr/share/man/*)
foreach(file ${documents}/changelog ${manuals})
  execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
