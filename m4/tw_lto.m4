# SPDX-License-Identifier: BSD-2-Clause

# TW_LTO: the program is optimised as a whole where the compiler can, which
# takes a tenth of the CPU off a pull.  Objects hold both forms ("fat"), so that
# the many test programs are linked without, in the time that they always took.
# Sets LTO_CFLAGS for all objects, LTO_LDFLAGS for what is linked so, and
# NO_LTO_LDFLAGS for everything else, never both: gcc obeys -fno-lto wherever it
# stands.
AC_DEFUN([TW_LTO], [
  AC_ARG_ENABLE([lto],
    [AS_HELP_STRING([--disable-lto],
      [do not optimise the program as a whole (builds faster)])],
    [], [enable_lto=yes])
  LTO_CFLAGS= LTO_LDFLAGS= NO_LTO_LDFLAGS=
  # A sanitizer's reports are to name what was written.
  AS_IF([test -n "$SAN_CFLAGS$FUZZ_CFLAGS"], [enable_lto=no])
  AS_IF([test "$enable_lto" != no], [
    tw_lto_flags="-flto=auto -ffat-lto-objects"
    AC_CACHE_CHECK([whether $CC optimises at link time], [tw_cv_lto], [
      tw_saved=$CFLAGS
      CFLAGS="$CFLAGS -Werror $tw_lto_flags"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
        [tw_cv_lto=yes], [tw_cv_lto=no])
      CFLAGS="$CFLAGS -fno-lto"
      AS_IF([test "$tw_cv_lto" = yes],
        [AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [], [tw_cv_lto=no])])
      CFLAGS=$tw_saved])
    enable_lto=$tw_cv_lto
    AS_IF([test "$tw_cv_lto" = yes], [
      LTO_CFLAGS=$tw_lto_flags
      # What each file's own compilation is asked for already, and the whole
      # program's cannot tell from paths that no error takes.
      LTO_LDFLAGS="-flto=auto -Wno-maybe-uninitialized"
      NO_LTO_LDFLAGS=-fno-lto])
  ])
  AC_SUBST([LTO_CFLAGS])
  AC_SUBST([LTO_LDFLAGS])
  AC_SUBST([NO_LTO_LDFLAGS])
])
