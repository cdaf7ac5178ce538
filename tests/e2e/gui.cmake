# SPDX-License-Identifier: Apache-2.0
# The desktop application, on a screen without hardware.
if(TARGET hiss-gui)
  find_package(Qt6 6.4 REQUIRED COMPONENTS Widgets)
  add_executable(drag_source drag_source.cpp)
  target_link_libraries(drag_source PRIVATE hiss_warnings Qt6::Widgets)
  foreach(script gui package)
    add_test(NAME e2e.${script}
             COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/${script}_e2e.py)
    set_tests_properties(e2e.${script} PROPERTIES
      LABELS "e2e;gui"
      TIMEOUT 900
      FIXTURES_REQUIRED e2e_model
      COST 20
      ENVIRONMENT "${environment};HISS_GUI_BIN=$<TARGET_FILE:hiss-gui>;HISS_DRAG_SOURCE=$<TARGET_FILE:drag_source>;HISS_CPACK=${CMAKE_CPACK_COMMAND}")
  endforeach()
  set_property(TEST e2e.package PROPERTY RESOURCE_LOCK install)
endif()
