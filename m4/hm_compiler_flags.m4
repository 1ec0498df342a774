# HM_COMPILER_FLAGS
# Warnings for everybody, errors of them with --enable-werror.
AC_DEFUN([HM_COMPILER_FLAGS], [
  HM_CFLAGS="-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes"
  HM_CFLAGS="$HM_CFLAGS -fvisibility=hidden"
  # What another version of Knot DNS has not, or has otherwise, must not come
  # out at the server's start only: a module links whatever it calls.
  for hm_flag in implicit-function-declaration incompatible-pointer-types int-conversion; do
    HM_IF_CFLAG([-Werror=$hm_flag], [HM_CFLAGS="$HM_CFLAGS -Werror=$hm_flag"])
  done
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])],
    [], [enable_werror=no])
  AS_IF([test "$enable_werror" = yes], [HM_CFLAGS="$HM_CFLAGS -Werror"])
  AC_SUBST([HM_CFLAGS])
])

# HM_IF_CFLAG(FLAG, ACTION)
# Act if the compiler has a flag.
AC_DEFUN([HM_IF_CFLAG], [
  AC_MSG_CHECKING([whether $CC has $1])
  hm_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror $1"
  AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int hm_flag;]])],
    [AC_MSG_RESULT([yes])
     $2],
    [AC_MSG_RESULT([no])])
  CFLAGS=$hm_save_CFLAGS
])
