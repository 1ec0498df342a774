# HM_ARG_FUZZER
# --with-fuzzer: link the programs of tests/fuzz with libFuzzer instead of the
# driver that replays their corpora.
AC_DEFUN([HM_ARG_FUZZER], [
  AC_ARG_WITH([fuzzer],
    [AS_HELP_STRING([--with-fuzzer], [build tests/fuzz with libFuzzer (needs clang)])],
    [enable_fuzzer=$withval], [enable_fuzzer=no])
  AS_IF([test "$enable_fuzzer" != no], [
    AC_LANG_PUSH([C])
    hm_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -fsanitize=fuzzer-no-link"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [],
      [AC_MSG_ERROR([--with-fuzzer needs clang: ./configure CC=clang --with-fuzzer])])
    CFLAGS=$hm_save_CFLAGS
    AC_LANG_POP([C])
    HM_CFLAGS="$HM_CFLAGS -fsanitize=fuzzer-no-link"
    HM_FUZZER_LDFLAGS="-fsanitize=fuzzer"
  ])
  AC_SUBST([HM_FUZZER_LDFLAGS])
  AM_CONDITIONAL([FUZZER], [test "$enable_fuzzer" != no])
])
