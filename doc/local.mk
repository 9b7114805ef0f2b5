# SPDX-License-Identifier: BSD-2-Clause
# Completions are kept in the tree as doc/completion/make.py writes them.
dist_bashcompletion_DATA += doc/completion/taxiway
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = doc/completion/_taxiway
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_fishcompletion_DATA = doc/completion/taxiway.fish
examplesdir = $(docdir)/examples
dist_examples_DATA = doc/examples/bundle.json doc/examples/taxiway.yaml
EXTRA_DIST += doc/completion/make.py
