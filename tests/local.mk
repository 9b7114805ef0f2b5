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
	tests/structure/check_sizes.py \
	tests/structure/check_style.py \
	tests/structure/check_exports.py \
	tests/structure/check_needed.py \
	tests/structure/check_cxx.py \
	tests/structure/check_docs.py \
	tests/structure/check_completion.py \
	tests/structure/check_conformance.py \
	tests/structure/check_systemd.py
dist_check_SCRIPTS += $(STRUCTURE_TESTS)
TESTS += $(STRUCTURE_TESTS)
EXTRA_DIST += tests/structure/tree.py tests/requirements.txt \
	tests/requirements-2.0.txt tests/setup.sh \
	tests/tally.py tests/cppcheck.cfg tests/valgrind.supp \
	tests/server/access.py tests/server/dnsd.py \
	tests/server/collection.py tests/server/faults.py tests/server/front.py tests/server/taxiid.py \
	tests/server/sample.py tests/server/taxii20.py tests/server/writing.py \
	tests/e2e/conftest.py tests/e2e/stix.py tests/e2e/live_reader.c \
	tests/e2e/test_access.py tests/e2e/test_ageing.py tests/e2e/test_allow.py \
	tests/e2e/test_auth.py tests/e2e/test_bad_input.py \
	tests/e2e/test_check.py tests/e2e/test_hard_cases.py \
	tests/e2e/test_try.py \
	tests/e2e/test_replay.py \
	tests/e2e/test_death.py tests/e2e/test_history.py tests/e2e/test_dedup.py \
	tests/e2e/test_documents.py tests/e2e/test_feeds.py tests/e2e/test_json.py \
	tests/e2e/test_no_feed.py tests/e2e/test_pages.py tests/server/pages.py \
	tests/e2e/test_import.py \
	tests/e2e/test_full.py tests/e2e/test_http2.py tests/e2e/test_live.py \
	tests/e2e/test_lookup.py tests/e2e/medallions.py \
	tests/e2e/test_medallion.py tests/e2e/test_medallion20.py \
	tests/e2e/test_presets.py tests/server/feedd.py tests/feeds \
	tests/e2e/test_paging.py tests/e2e/test_presence.py \
	tests/e2e/test_pull.py \
	tests/e2e/test_rate.py \
	tests/e2e/test_readme.py tests/e2e/test_reading.py \
	tests/e2e/test_run.py \
	tests/e2e/test_scenarios.py tests/scenarios \
	tests/e2e/test_server.py tests/e2e/test_srv.py tests/e2e/test_store.py \
	tests/e2e/test_taxii20.py tests/e2e/test_client.py \
	tests/e2e/test_undo.py tests/e2e/test_usage.py

PYTEST = $(PYTHON3) -m pytest
.PHONY: e2e
e2e: all
	TAXIWAY_BIN='$(abs_builddir)/taxiway' PYTHONDONTWRITEBYTECODE=1 \
	TOP_BUILDDIR='$(abs_builddir)' \
	$(PYTEST) -q -p no:cacheprovider '$(srcdir)/tests/e2e' $(PYTEST_ARGS)

# Not for valgrind: it makes system calls of its own where one forbids them, it
# lacks those that another needs to start a fetcher, and the others would take
# minutes; the sanitizers see all of them.
VALGRIND_SKIP = \
	tests/unit/reader_quiet \
	tests/unit/reader_threads \
	tests/unit/stix_split_plain \
	tests/unit/store_model \
	tests/unit/sync_pull

.PHONY: print-valgrind-tests
print-valgrind-tests:
	@for t in $(TESTS); do \
		case " $$t  $(VALGRIND_SKIP) " in \
		*.py' '* | *.sh' '* | *fuzz_* | *" $$t "*" $$t "*) ;; \
		*) echo $$t ;; \
		esac; \
	done
