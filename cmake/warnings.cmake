# One interface target that every target of ours links: language level, warnings, hardening.
add_library(detente_options INTERFACE)
target_compile_features(detente_options INTERFACE cxx_std_20)
target_compile_options(detente_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough -Werror
  -D_GLIBCXX_ASSERTIONS -fstack-protector-strong -fstack-clash-protection -fcf-protection
  -ftrivial-auto-var-init=zero)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees such use inside abseil's containers, and overlaps inside its own strings (its bug
  # 105651), where there are none.
  target_compile_options(detente_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_options(detente_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
target_include_directories(detente_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(detente_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

set(DETENTE_SANITIZE "" CACHE STRING "address,undefined or thread")
if(DETENTE_SANITIZE)
  target_compile_options(detente_options INTERFACE
    -fsanitize=${DETENTE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(detente_options INTERFACE -fsanitize=${DETENTE_SANITIZE})
endif()
option(DETENTE_COVERAGE "source-based coverage with branches and MC/DC" OFF)
if(DETENTE_COVERAGE)
  target_compile_options(detente_options INTERFACE
    -fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc)
  target_link_options(detente_options INTERFACE -fprofile-instr-generate)
endif()
option(DETENTE_FUZZ "instrument for libFuzzer and build the fuzzers" OFF)
if(DETENTE_FUZZ)
  target_compile_options(detente_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
