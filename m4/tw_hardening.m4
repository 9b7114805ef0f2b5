# SPDX-License-Identifier: BSD-2-Clause
# Each flag is tried before it is used, with warnings as errors, so that a
# compiler that merely ignores a flag does not count as having it.

# TW_TRY_CFLAG(FLAG, VARIABLE): append FLAG to VARIABLE when it compiles.
AC_DEFUN([TW_TRY_CFLAG], [
  AS_VAR_PUSHDEF([cache], [tw_cv_cflag_$1])
  AC_CACHE_CHECK([whether $CC takes $1], [cache], [
    tw_saved=$CFLAGS
    CFLAGS="$CFLAGS -Werror $1"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]],
        [[char b[8]; memset(b, 0, sizeof b); return b[0];]])],
      [AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
    CFLAGS=$tw_saved])
  AS_VAR_IF([cache], [yes], [$2="$$2 $1"])
  AS_VAR_POPDEF([cache])
])

# TW_TRY_LDFLAG(FLAG, VARIABLE): append FLAG to VARIABLE when it links.
AC_DEFUN([TW_TRY_LDFLAG], [
  AS_VAR_PUSHDEF([cache], [tw_cv_ldflag_$1])
  AC_CACHE_CHECK([whether the linker takes $1], [cache], [
    tw_saved=$LDFLAGS
    LDFLAGS="$LDFLAGS -Werror $1"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
      [AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
    LDFLAGS=$tw_saved])
  AS_VAR_IF([cache], [yes], [$2="$$2 $1"])
  AS_VAR_POPDEF([cache])
])

# TW_HARDENING: on by default, --disable-hardening turns it off.  Sets
# HARDEN_CFLAGS and HARDEN_LDFLAGS (everything), PIE_CFLAGS and PIE_LDFLAGS
# (programs only; libtool's own -fPIC follows and wins in library objects).
AC_DEFUN([TW_HARDENING], [
  AC_ARG_ENABLE([hardening],
    [AS_HELP_STRING([--disable-hardening],
      [leave out the compiler's and linker's protections])],
    [], [enable_hardening=yes])
  HARDEN_CFLAGS= HARDEN_LDFLAGS= PIE_CFLAGS= PIE_LDFLAGS=
  AS_IF([test "$enable_hardening" != no], [
    TW_TRY_CFLAG([-fstack-protector-strong], [HARDEN_CFLAGS])
    TW_TRY_CFLAG([-fstack-clash-protection], [HARDEN_CFLAGS])
    TW_TRY_CFLAG([-fcf-protection], [HARDEN_CFLAGS])
    TW_TRY_CFLAG([-fPIE], [PIE_CFLAGS])
    TW_TRY_LDFLAG([-Wl,-z,relro], [HARDEN_LDFLAGS])
    TW_TRY_LDFLAG([-Wl,-z,now], [HARDEN_LDFLAGS])
    TW_TRY_LDFLAG([-Wl,-z,noexecstack], [HARDEN_LDFLAGS])
    TW_TRY_LDFLAG([-pie], [PIE_LDFLAGS])
    # Fortified calls need an optimiser, and hide faults from a sanitizer.
    AC_CACHE_CHECK([whether $CC optimises], [tw_cv_optimises],
      [AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [[
#ifndef __OPTIMIZE__
#error not optimising
#endif
]])], [tw_cv_optimises=yes], [tw_cv_optimises=no])])
    AS_IF([test "$tw_cv_optimises" = yes && test -z "$SAN_CFLAGS"],
      [HARDEN_CFLAGS="$HARDEN_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
  ])
  AC_SUBST([HARDEN_CFLAGS])
  AC_SUBST([HARDEN_LDFLAGS])
  AC_SUBST([PIE_CFLAGS])
  AC_SUBST([PIE_LDFLAGS])
])
