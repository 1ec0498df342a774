# HM_COMPILER_FLAGS
# Warnings for everybody, errors of them with --enable-werror.
AC_DEFUN([HM_COMPILER_FLAGS], [
  HM_CFLAGS="-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes"
  HM_CFLAGS="$HM_CFLAGS -fvisibility=hidden"
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])],
    [], [enable_werror=no])
  AS_IF([test "$enable_werror" = yes], [HM_CFLAGS="$HM_CFLAGS -Werror"])
  AC_SUBST([HM_CFLAGS])
])
