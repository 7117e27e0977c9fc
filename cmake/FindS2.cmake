# Debian's libs2-dev ships neither a CMake config nor a .pc file.
find_package(absl REQUIRED)
find_package(OpenSSL REQUIRED)
find_path(S2_INCLUDE_DIR s2/s2cell_id.h)
find_library(S2_LIBRARY s2)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(S2 REQUIRED_VARS S2_LIBRARY S2_INCLUDE_DIR)
if(S2_FOUND AND NOT TARGET S2::s2)
  add_library(S2::s2 UNKNOWN IMPORTED)
  set_target_properties(S2::s2 PROPERTIES
    IMPORTED_LOCATION "${S2_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${S2_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES
      "absl::base;absl::strings;absl::btree;absl::flat_hash_map;OpenSSL::Crypto")
endif()
