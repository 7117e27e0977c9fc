// SPDX-License-Identifier: Apache-2.0
//
// The one file that compiles the bodies of Asio, its TLS and Beast; all others link them
// (BOOST_ASIO_SEPARATE_COMPILATION). It halves the time that the folder needs to build.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
