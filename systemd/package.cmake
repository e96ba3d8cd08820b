# `cpack -G DEB` in a build folder: the package an office installs.
set(LIANDONG_MAINTAINER "The Liandong authors <liandong@packages.invalid>" CACHE STRING "Who answers for the package")
set(CPACK_PACKAGE_CONTACT ${LIANDONG_MAINTAINER})
set(CPACK_PACKAGE_NAME liandong)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "pushes what a government website publishes to its accounts")
set(CPACK_PACKAGE_DESCRIPTION
"Watches the website of a government office, pushes its policies,
interpretations and important notices to Weibo, WeChat and the screens of
the service hall, and keeps a signed record that an auditor can check
without trusting the program.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)  # configuration goes to /etc, not to /usr/etc
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package/prepare.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_DEPENDS "fonts-noto-cjk, ca-certificates, systemd (>= 250)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "webp-pixbuf-loader")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql (>= 15)")
set(package_scripts ${CMAKE_CURRENT_LIST_DIR}/package)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${package_scripts}/postinst ${package_scripts}/prerm ${package_scripts}/postrm
    ${PROJECT_BINARY_DIR}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Listed before the tree exists, because CPack wants the list as a file.
file(GLOB configuration_files RELATIVE ${PROJECT_SOURCE_DIR}/config CONFIGURE_DEPENDS
     ${PROJECT_SOURCE_DIR}/config/*.toml ${PROJECT_SOURCE_DIR}/config/calendar/* ${PROJECT_SOURCE_DIR}/config/rules/*)
list(TRANSFORM configuration_files PREPEND /etc/liandong/)
list(JOIN configuration_files "\n" conffiles)
file(WRITE ${PROJECT_BINARY_DIR}/conffiles "${conffiles}\n")
include(CPack)
