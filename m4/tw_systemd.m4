# SPDX-License-Identifier: BSD-2-Clause
# TW_SYSTEMD_DIR(NAME, CONDITIONAL, FALLBACK): --with-NAME=FOLDER or --without.
# The system's own folder is for what is installed as part of the system; under
# another prefix files stay below it, where systemd looks for /usr/local too.
AC_DEFUN([TW_SYSTEMD_DIR], [
  AC_ARG_WITH([$1],
    [AS_HELP_STRING([--with-$1=DIR], [folder of systemd's files, or no])],
    [], [with_$1=auto])
  AS_CASE([$with_$1],
    [auto|yes], [
      $1=
      AS_IF([test "$prefix" = /usr],
        [$1=`$PKG_CONFIG --variable=$1 systemd 2>/dev/null`])
      AS_IF([test -z "$$1"], [$1='${prefix}/$3'])],
    [$1=$with_$1])
  AC_SUBST([$1])
  AM_CONDITIONAL([$2], [test "$$1" != no])
])
