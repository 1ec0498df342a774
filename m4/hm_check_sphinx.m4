# HM_CHECK_SPHINX
# Manual pages are made by Sphinx, unless the sources are a release, which has
# them.
AC_DEFUN([HM_CHECK_SPHINX], [
  AC_CHECK_PROGS([SPHINXBUILD], [sphinx-build sphinx-build-3])
  have_mans="no (install python3-sphinx)"
  AS_IF([test -n "$SPHINXBUILD" -o -f "$srcdir/doc/man/stamp"], [have_mans=yes])
  AM_CONDITIONAL([HAVE_MANS], [test "$have_mans" = yes])
])
