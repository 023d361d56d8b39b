/// @file
/// The C++ standard that these classes need. Part of cardwire.hpp.
#ifndef CARDWIRE_STANDARD_HPP
#define CARDWIRE_STANDARD_HPP

// Microsoft's compiler states an old standard in __cplusplus whatever it compiles.
#if defined(_MSVC_LANG)
#define CARDWIRE_STANDARD _MSVC_LANG
#elif defined(__cplusplus)
#define CARDWIRE_STANDARD __cplusplus
#else
#define CARDWIRE_STANDARD 0L
#endif

/// The check that the compiler is at C++17 or newer. Without it nothing but the error below is seen.
#if CARDWIRE_STANDARD >= 201703L
#define CARDWIRE_CXX17 1
#else
#define CARDWIRE_CXX17 0
#error "cardwire.hpp needs C++17 or newer: compile with -std=c++17 (Microsoft: /std:c++17), or use cardwire.h, which needs C99 or C++11"
#endif

#undef CARDWIRE_STANDARD
#endif
