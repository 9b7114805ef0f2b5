# SPDX-License-Identifier: BSD-2-Clause
# Unit programs and replays of the fuzz corpora come from tests/unit/*.mk;
# here are the tests of the tree itself.  The end-to-end tests need pytest and
# are run by check.sh; "make e2e PYTEST=…" runs them alone.
TEST_EXTENSIONS = .py .sh
PY_LOG_COMPILER = $(PYTHON3)
AM_TESTS_ENVIRONMENT = \
	TOP_SRCDIR='$(abs_srcdir)'; export TOP_SRCDIR; \
	TOP_BUILDDIR='$(abs_builddir)'; export TOP_BUILDDIR; \
	CC='$(CC)'; export CC; \
	CXX='$(CXX)'; export CXX; \
	HARDEN_LDFLAGS='$(HARDEN_LDFLAGS)'; export HARDEN_LDFLAGS;

STRUCTURE_TESTS = \
	tests/structure/check_layers.py \
	tests/structure/check_circles.py \
	tests/structure/check_sizes.py \
	tests/structure/check_style.py \
	tests/structure/check_exports.py \
	tests/structure/check_needed.py \
	tests/structure/check_cxx.py \
	tests/structure/check_docs.py \
	tests/structure/check_options.py \
	tests/structure/check_completion.py \
	tests/structure/check_conformance.py \
	tests/structure/check_systemd.py \
	tests/structure/check_tracked.py
dist_check_SCRIPTS += $(STRUCTURE_TESTS)
TESTS += $(STRUCTURE_TESTS)
EXTRA_DIST += tests/structure/tree.py tests/requirements.txt \
	tests/requirements-2.0.txt tests/setup.sh \
	tests/tally.py tests/cppcheck.cfg tests/valgrind.supp

# Whole folders, so that no test of theirs is forgotten.
EXTRA_DIST += tests/e2e tests/server tests/feeds tests/scenarios \
	tests/soak.py tests/soaking
dist-hook:
	rm -rf '$(distdir)/tests/e2e/__pycache__' \
		'$(distdir)/tests/server/__pycache__' \
		'$(distdir)/tests/soaking/__pycache__'

PYTEST = $(PYTHON3) -m pytest
.PHONY: e2e
e2e: all
	TAXIWAY_BIN='$(abs_builddir)/taxiway' PYTHONDONTWRITEBYTECODE=1 \
	TOP_BUILDDIR='$(abs_builddir)' \
	$(PYTEST) -q -p no:cacheprovider '$(srcdir)/tests/e2e' $(PYTEST_ARGS)

# Not for valgrind: it makes system calls of its own where one forbids them, it
# lacks those that another needs to start a fetcher, it lets no program lower
# its hard limit of files (sync_exec, sync_secret), and the others would take
# minutes; the sanitizers see all of them.
VALGRIND_SKIP = \
	tests/unit/reader_quiet \
	tests/unit/reader_threads \
	tests/unit/stix_split_plain \
	tests/unit/store_model \
	tests/unit/sync_exec \
	tests/unit/sync_pull \
	tests/unit/sync_secret

.PHONY: print-valgrind-tests
print-valgrind-tests:
	@for t in $(TESTS); do \
		case " $$t  $(VALGRIND_SKIP) " in \
		*.py' '* | *.sh' '* | *fuzz_* | *" $$t "*" $$t "*) ;; \
		*) echo $$t ;; \
		esac; \
	done
