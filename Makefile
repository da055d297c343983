# Every command finds or fetches what it needs; see README.md.
#   PORT=8069      the channel's port; the dealer takes the next one
#   RUN_DIR=       where databases, filestores and logs go
#   ODOO_HOME=     a checkout of Odoo 17.0 to 19.0 to run on
#   ENGINE=17      test on this series only        ARGS="-k name"  options of the command
PYTHON ?= python3
#   REPETITIONS=20 how often tests of chance and of races repeat; 1000 before a release
export PORT RUN_DIR ODOO_HOME ENGINE ARGS DB
ifdef REPETITIONS
export REPETITIONS
endif
COMMANDS = run stop clean shell psql demo test lint
MODULES = bench faults peers pictures

.PHONY: help $(COMMANDS) $(MODULES)
help:
	@echo "make run       serve the suite and a dealer's Odoo"
	@echo "make demo      play a lead from import to the dealer's sales order"
	@echo "make test      every test on every Odoo that can be had (ENGINE=17, ARGS=\"-k name\")"
	@echo "make lint      check the sources"
	@echo "make stop      stop the servers; make clean also forgets their databases"
	@echo "make shell     Odoo's shell; make psql: PostgreSQL's client (DB=dealer)"
	@echo "make bench     the benchmarks (ARGS=\"--only assignment --sizes 1000\")"
	@echo "make faults    pushes under injected faults (ARGS=\"--count 1000\")"
	@echo "make peers     Odoo's own tests of portal, mail, sale, project and crm with the suite"
	@echo "make pictures  the screenshots of the guides, from a running make run"

$(COMMANDS):
	@$(PYTHON) -m engine $@

bench: module = benchmarks
faults: module = tests.faults
peers: module = tests.peers
pictures: module = engine.screenshots
$(MODULES):
	@$(PYTHON) -m engine exec $(module) $(ARGS)
