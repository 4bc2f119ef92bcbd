# libub. `make demo` and `make check` do all their own set-up on Debian 12; `make help` lists the rest.
MODE   ?= release
PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR ?= $(PREFIX)/lib
CXX    := $(if $(filter default,$(origin CXX)),g++,$(CXX))
Q      := $(if $(filter 1,$(V)),,@)
say     = $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' $(1) $(2))

VERSION := 0.1.0
SOVERSION := 0
B := build/$(MODE)

FLAGS_release := -O2 -g1
FLAGS_debug   := -O0 -g
FLAGS_asan    := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g1 -fsanitize=thread
ifeq ($(FLAGS_$(MODE)),)
$(error MODE=$(MODE) is not one of release, debug, asan, tsan)
endif
CXXFLAGS += -std=c++20 $(FLAGS_$(MODE)) -Wall -Wextra -Wshadow -Werror -fPIC -fvisibility=hidden -pthread
CPPFLAGS += -Iinclude -DUB_VERSION='"$(VERSION)"' -DSPDLOG_COMPILED_LIB -DSPDLOG_FMT_EXTERNAL
LDFLAGS  += $(FLAGS_$(MODE)) -pthread
LIB_LIBS := -lspdlog -lfmt

# --- what may include what -------------------------------------------------------------------------------
# Each folder is compiled with an include path that holds links to just the folders it may use, so that an
# include against the layering does not compile. Inside lib, only leftwards along this list.
LAYERS := base topology routing recovery board directory core
upto    = $(if $(filter $(firstword $(2)),$(1)),$(1),$(firstword $(2)) $(call upto,$(1),$(wordlist 2,99,$(2))))
$(foreach l,$(LAYERS),$(eval USES_lib/$(l) := $(addprefix lib/,$(call upto,$(l),$(LAYERS)))))
USES_emu/cost         := lib/base lib/topology lib/routing emu
USES_transports       := lib/base transports
USES_transports/shm   := lib/base lib/board transports
USES_transports/emu   := lib/base lib/topology lib/routing lib/board emu transports
USES_tools/common     := tools
USES_tools/ub-ping    := tools
USES_tools/ub-bw      := tools
USES_tools/ub-info    := tools
USES_tools/ub-emu     := tools $(addprefix lib/,$(LAYERS)) emu
USES_tests/unit       := $(addprefix lib/,$(LAYERS)) emu transports tests
USES_tests/live       := tests
USES_tests/bench      := tests
FOLDERS := $(patsubst USES_%,%,$(filter USES_%,$(.VARIABLES)))

# --- what there is -----------------------------------------------------------------------------------------
LIB_SRC   := $(sort $(wildcard lib/*/*.cc transports/*.cc transports/shm/*.cc transports/emu/*.cc emu/cost/*.cc))
PROFILES  := $(sort $(wildcard emu/profiles/*.toml))
LIB_OBJ   := $(LIB_SRC:%.cc=$(B)/obj/%.o) $(if $(PROFILES),$(B)/obj/profiles.o)
TOOLS     := $(patsubst tools/%/,%,$(dir $(wildcard tools/ub-*/main.cc)))
TOOLS_COMMON := $(patsubst %.cc,$(B)/obj/%.o,$(sort $(wildcard tools/common/*.cc)))
UNIT_OBJ  := $(patsubst %.cc,$(B)/obj/%.o,$(sort $(wildcard tests/unit/*.cc)))
LIVE_OBJ  := $(patsubst %.cc,$(B)/obj/%.o,$(sort $(wildcard tests/live/*.cc)))
BENCHES   := $(patsubst tests/bench/%.cc,$(B)/bin/bench-%,$(sort $(wildcard tests/bench/*.cc)))
SO        := $(B)/lib/libub.so.$(SOVERSION)

.PHONY: all lib tools tests check demo bench lint install uninstall deps deps-dev clean help
.DEFAULT_GOAL := all
all: lib tools
lib: $(B)/lib/libub.so
tools: $(TOOLS:%=$(B)/bin/%)
tests: tools $(B)/bin/unit $(B)/bin/live

help:
	@echo "make demo | check | all | lint | bench | install | uninstall | deps | deps-dev | clean   MODE=release|debug|asan|tsan V=1"

deps:      ; @.ci/deps run
deps-dev:  ; @.ci/deps dev
check: deps ; $(Q)$(MAKE) --no-print-directory tests && tests/run $(B)
demo: deps  ; $(Q)$(MAKE) --no-print-directory all && tests/demo $(B)
bench: deps ; $(Q)$(MAKE) --no-print-directory tools $(BENCHES) && tests/bench/run $(B)
lint: deps-dev ; $(Q)tests/lint/run
clean: ; rm -rf build

# --- how it is built -----------------------------------------------------------------------------------------
# The farm of links that makes the layering hold; remade when this file changes.
build/include/.made: Makefile
	$(Q)rm -rf build/include && mkdir -p build/include
	$(Q)$(foreach f,$(FOLDERS),mkdir -p build/include/$(f) && ln -sfn $(foreach u,$(USES_$(f)),$(CURDIR)/$(u)) build/include/$(f)/ &&) touch $@

module = $(patsubst %/,%,$(dir $(1)))
$(B)/obj/%.o: %.cc build/include/.made
	$(call say,CXX,$<)
	$(Q)mkdir -p $(@D) && $(CXX) $(CPPFLAGS) -Ibuild/include/$(call module,$<) $(CXXFLAGS) -MMD -MP -c $< -o $@

# The profiles travel inside the library: one raw string each.
$(B)/obj/profiles.cc: $(PROFILES) Makefile build/include/.made
	$(Q)mkdir -p $(@D) && { echo '#include "topology/builtin_profiles.h"'; \
	  echo 'namespace ub::topology { const BuiltinProfile kBuiltinProfiles[] = {'; \
	  for p in $(PROFILES); do printf '{"%s", R"~~~(' $$(basename $$p .toml); cat $$p || exit 1; printf ')~~~"},\n'; done; \
	  echo '}; const std::size_t kBuiltinProfileCount = std::size(kBuiltinProfiles); }'; } > $@.new && mv $@.new $@
$(B)/obj/profiles.o: $(B)/obj/profiles.cc
	$(call say,CXX,$<)
	$(Q)$(CXX) $(CPPFLAGS) -Ibuild/include/lib/topology $(CXXFLAGS) -MMD -MP -c $< -o $@

$(SO): $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CXX) -shared -Wl,-soname,libub.so.$(SOVERSION) -Wl,--no-undefined-version $(LDFLAGS) -o $@ $^ $(LIB_LIBS)
$(B)/lib/libub.so: $(SO) ; $(Q)ln -sfn libub.so.$(SOVERSION) $@
$(B)/lib/libub.a: $(LIB_OBJ) ; $(Q)mkdir -p $(@D) && rm -f $@ && ar rcs $@ $^

LINK = $(Q)mkdir -p $(@D) && $(CXX) $(LDFLAGS) -o $@ $(filter %.o %.a,$^)
UB   = -L$(B)/lib -lub -Wl,-rpath,'$$ORIGIN/../lib'
define tool
$(B)/bin/$(1): $(patsubst %.cc,$(B)/obj/%.o,$(sort $(wildcard tools/$(1)/*.cc))) $(TOOLS_COMMON) $(if $(filter ub-emu,$(1)),$(B)/lib/libub.a,$(B)/lib/libub.so)
	$$(call say,LD,$$@)
	$$(LINK) $(if $(filter ub-emu,$(1)),$(LIB_LIBS),$(UB))
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$(t))))
$(B)/bin/unit: $(UNIT_OBJ) $(B)/lib/libub.a
	$(call say,LD,$@)
	$(LINK) $(LIB_LIBS)
$(B)/bin/live: $(LIVE_OBJ) $(B)/lib/libub.so
	$(call say,LD,$@)
	$(LINK) $(UB)
$(B)/bin/bench-%: $(B)/obj/tests/bench/%.o $(B)/lib/libub.so
	$(call say,LD,$@)
	$(LINK) $(UB)

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
