# SPDX-License-Identifier: BSD-2-Clause
# What only developers and tests switch on.

# TW_SANITIZER: --with-sanitizer=address,undefined (or thread, …).  Every
# finding ends the program, so that a test cannot pass over one.
AC_DEFUN([TW_SANITIZER], [
  AC_ARG_WITH([sanitizer],
    [AS_HELP_STRING([--with-sanitizer=LIST],
      [build with -fsanitize=LIST (address,undefined or thread)])],
    [], [with_sanitizer=no])
  SAN_CFLAGS= SAN_LDFLAGS=
  AS_CASE([$with_sanitizer],
    [no], [],
    [yes|''], [AC_MSG_ERROR([--with-sanitizer needs a list: address,undefined])],
    [SAN_CFLAGS="-fsanitize=$with_sanitizer -fno-sanitize-recover=all"
     SAN_CFLAGS="$SAN_CFLAGS -fno-omit-frame-pointer"
     SAN_LDFLAGS="-fsanitize=$with_sanitizer"
     tw_saved=$CFLAGS; CFLAGS="$CFLAGS $SAN_CFLAGS"
     AC_MSG_CHECKING([whether $CC links with -fsanitize=$with_sanitizer])
     AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
       [AC_MSG_RESULT([no])
        AC_MSG_ERROR([$CC has no sanitizer "$with_sanitizer"])])
     CFLAGS=$tw_saved])
  AC_SUBST([SAN_CFLAGS])
  AC_SUBST([SAN_LDFLAGS])
])

# TW_FUZZERS: --enable-fuzzers builds tests/fuzz/* as libFuzzer programs.
# Without it the same programs are linked with a main() that replays their
# corpus, and run in "make check".
AC_DEFUN([TW_FUZZERS], [
  AC_ARG_ENABLE([fuzzers],
    [AS_HELP_STRING([--enable-fuzzers],
      [link the fuzz targets with libFuzzer (needs CC=clang)])],
    [], [enable_fuzzers=no])
  FUZZ_CFLAGS= FUZZ_LDFLAGS=
  AS_IF([test "$enable_fuzzers" != no], [
    tw_saved=$CFLAGS; CFLAGS="$CFLAGS -fsanitize=fuzzer"
    AC_MSG_CHECKING([whether $CC has libFuzzer])
    AC_LINK_IFELSE([AC_LANG_SOURCE([[
int LLVMFuzzerTestOneInput(const unsigned char *p, unsigned long n);
int LLVMFuzzerTestOneInput(const unsigned char *p, unsigned long n)
{ (void)p; (void)n; return 0; }]])], [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([--enable-fuzzers needs clang and its runtime (Debian: configure with CC=clang, clang and libclang-rt-dev installed)])])
    CFLAGS=$tw_saved
    FUZZ_CFLAGS=-fsanitize=fuzzer-no-link
    FUZZ_LDFLAGS=-fsanitize=fuzzer])
  AC_SUBST([FUZZ_CFLAGS])
  AC_SUBST([FUZZ_LDFLAGS])
  AM_CONDITIONAL([ENABLE_FUZZERS], [test "$enable_fuzzers" != no])
])

# TW_WERROR and TW_TEST_HOOKS.
AC_DEFUN([TW_SWITCHES], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [make compiler warnings errors])],
    [], [enable_werror=no])
  AS_IF([test "$enable_werror" != no], [WERROR_CFLAGS=-Werror],
    [WERROR_CFLAGS=])
  AC_SUBST([WERROR_CFLAGS])
  AC_ARG_ENABLE([test-hooks],
    [AS_HELP_STRING([--enable-test-hooks],
      [obey TAXIWAY_TEST_KILL and TAXIWAY_TEST_DNS (never for use)])],
    [], [enable_test_hooks=no])
  AS_IF([test "$enable_test_hooks" != no],
    [HOOKS_CPPFLAGS=-DTAXIWAY_TEST_HOOKS=1], [HOOKS_CPPFLAGS=])
  AC_SUBST([HOOKS_CPPFLAGS])
  AM_CONDITIONAL([TEST_HOOKS], [test "$enable_test_hooks" != no])
])
