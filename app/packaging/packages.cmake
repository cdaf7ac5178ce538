# SPDX-License-Identifier: Apache-2.0
# `cpack -G DEB`: hiss (command line and models, no Qt) and hiss-gui, which needs it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME hiss)
set(CPACK_PACKAGE_VENDOR "The Hiss authors")
set(CPACK_PACKAGE_CONTACT "The Hiss authors <maintainers@users.noreply.github.com>")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
# The unit of systemd names the program's place, so it must see the final prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_VERBATIM_VARIABLES ON)

set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENTS_ALL cli models)
if(HISS_BUILD_GUI)
  list(APPEND CPACK_COMPONENTS_ALL gui)
endif()
set(CPACK_COMPONENT_CLI_GROUP hiss)
set(CPACK_COMPONENT_MODELS_GROUP hiss)
set(CPACK_COMPONENT_GUI_GROUP hiss-gui)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION sound)
set(CPACK_DEBIAN_HISS_PACKAGE_NAME hiss)
set(CPACK_DEBIAN_HISS-GUI_PACKAGE_NAME hiss-gui)
set(CPACK_DEBIAN_HISS-GUI_PACKAGE_DEPENDS "hiss (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_HISS-GUI_PACKAGE_RECOMMENDS "qt6-translations-l10n, libqt6svg6, qt6-wayland")
set(CPACK_COMPONENT_GROUP_HISS_DESCRIPTION
    "Takes noise out of sound and watches sensors, in real time
 Command line of Hiss, with its models: recordings, microphones and streams of
 sensor values, by recurrent Mamba networks on one processor core.")
set(CPACK_COMPONENT_GROUP_HISS-GUI_DESCRIPTION
    "Takes noise out of sound and watches sensors, with a window
 Desktop application of Hiss: live sound, files, sensors, and a view of the
 model's hidden state while it runs.")
include(CPack)
