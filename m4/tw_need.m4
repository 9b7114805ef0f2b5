# SPDX-License-Identifier: BSD-2-Clause
# TW_NEED(VARIABLE, MODULE, DEBIAN-PACKAGE): a library found by pkg-config, or
# an error that says what to install.
AC_DEFUN([TW_NEED], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([missing $2 (Debian: $3): $$1_PKG_ERRORS])])
])
