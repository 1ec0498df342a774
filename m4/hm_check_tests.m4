# HM_CHECK_TESTS
# What only the tests need; without it they are skipped with a reason.
AC_DEFUN([HM_CHECK_TESTS], [
  PKG_CHECK_MODULES([CMOCKA], [cmocka], [have_cmocka=yes],
    [have_cmocka="no (install libcmocka-dev or libcmocka-devel)"])
  UNIT_LDFLAGS="-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc"
  UNIT_LDFLAGS="$UNIT_LDFLAGS -Wl,--wrap=aligned_alloc -Wl,--wrap=strdup"
  # The wrappers, even if a test does not use what stands beside them.
  UNIT_LDFLAGS="$UNIT_LDFLAGS -Wl,--undefined=alloc_countdown"
  AC_SUBST([UNIT_LDFLAGS])
  AM_CONDITIONAL([HAVE_CMOCKA], [test "$have_cmocka" = yes])

  # The distribution's interpreter first: it sees the distribution's modules.
  AC_ARG_VAR([PYTHON], [Python 3 with pytest and dnspython, for the server tests])
  AC_MSG_CHECKING([for Python 3 with pytest and dnspython])
  have_pytest=no
  for hm_python in "$PYTHON" /usr/bin/python3 python3; do
    AS_IF([test -n "$hm_python" && "$hm_python" -c 'import pytest, dns.message' >/dev/null 2>&1],
          [PYTHON=$hm_python; have_pytest=yes; break])
  done
  AC_MSG_RESULT([$have_pytest])
  AS_IF([test $have_pytest = no],
    [PYTHON=:
     have_pytest="no (install python3-pytest and python3-dnspython or python3-dns)"])
])
