# libub. `make demo` and `make check` do all their own set-up on Debian 12; `make help` lists the rest.
MODE    ?= release
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib
DESTDIR ?=
CXX     := $(if $(filter default,$(origin CXX)),g++,$(CXX))
Q       := $(if $(filter 1,$(V)),,@)
say      = $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' $(1) $(2))

VERSION   := 0.1.0
SOVERSION := 0
B         := build/$(MODE)

# Sanitized code compiles twice as fast without optimisation, and shows no less. TSan does not see fences, which GCC warns of:
# what a fence orders is atomic by itself.
FLAGS_release := -O2 -g1
FLAGS_debug   := -O0 -g -D_GLIBCXX_ASSERTIONS
FLAGS_asan    := -O0 -g1 -D_GLIBCXX_ASSERTIONS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g1 -fsanitize=thread $(if $(findstring clang,$(CXX)),,-Wno-tsan)
FLAGS_fuzz    := -O1 -g1 -D_GLIBCXX_ASSERTIONS -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ifeq ($(FLAGS_$(MODE)),)
$(error MODE=$(MODE) is not one of release, debug, asan, tsan, fuzz)
endif
# CPPFLAGS, CXXFLAGS and LDFLAGS stay yours, and come last.
PREPROCESS := -Iinclude -DUB_VERSION='"$(VERSION)"' -DSPDLOG_COMPILED_LIB -DSPDLOG_FMT_EXTERNAL $(CPPFLAGS)
COMPILE    := -std=c++20 $(FLAGS_$(MODE)) -Wall -Wextra -Wshadow -Werror -fPIC -fvisibility=hidden -pthread $(CXXFLAGS)
LINK       := $(FLAGS_$(MODE)) -pthread $(LDFLAGS)
LIB_LIBS := -lspdlog -lfmt

# --- what may include what -------------------------------------------------------------------------------
# Each folder is compiled with an include path that holds links to just the folders it may use, so that an
# include against the layering does not compile. Inside lib, only leftwards along this list.
LAYERS := base topology routing recovery board directory core
# The same holds inside lib/routing, whose folders stand here in reading order.
ROUTING := deadlock paths affected forwarding selection
upto    = $(if $(filter $(firstword $(2)),$(1)),$(1),$(firstword $(2)) $(call upto,$(1),$(wordlist 2,99,$(2))))
$(foreach l,$(LAYERS),$(eval USES_lib/$(l) := $(addprefix lib/,$(call upto,$(l),$(LAYERS)))))
$(foreach r,$(ROUTING),$(eval USES_lib/routing/$(r) := lib/base lib/topology $(addprefix lib/routing/,$(call upto,$(r),$(ROUTING)))))
USES_lib/routing/forwarding := $(filter-out %/affected,$(USES_lib/routing/forwarding))
USES_emu/cost         := lib/base lib/topology lib/routing emu
USES_transports       := lib/base lib/board transports
USES_transports/shm   := lib/base lib/board transports
USES_transports/fault := lib/base lib/board transports
USES_transports/emu   := lib/base lib/topology lib/routing lib/board emu transports
USES_transports/rdma  :=
USES_tools/common     := tools
USES_tools/ub-ping    := tools
USES_tools/ub-bw      := tools
USES_tools/ub-info    := tools
USES_tools/machine    := tools lib/base lib/topology
USES_tools/ub-emu     := tools $(addprefix lib/,$(LAYERS)) emu
USES_tools/ub-topo    := tools lib/base lib/topology lib/routing
USES_tests/unit       := $(addprefix lib/,$(LAYERS)) emu transports tools tests
USES_tests/live       := tests
USES_tests/conformance := tests
USES_tests/rdma       := transports
USES_tests/bench      := tests tools
USES_tests/bench/rdma := tests tools
USES_tests/bench/map  := tests lib/base lib/topology lib/routing
USES_tests/fuzz       := $(USES_tests/unit)
FOLDERS := $(sort $(patsubst USES_%,%,$(filter USES_%,$(.VARIABLES))))

# --- what there is -----------------------------------------------------------------------------------------
sources   = $(sort $(wildcard $(1:%=%/*.cc)))
objects   = $(patsubst %.cc,$(B)/obj/%.o,$(call sources,$(1)))
PROFILES := $(sort $(wildcard emu/profiles/*.toml))
LIB_OBJ  := $(call objects,$(LAYERS:%=lib/%) $(ROUTING:%=lib/routing/%) transports transports/shm transports/emu transports/fault emu/cost) $(if $(PROFILES),$(B)/obj/profiles.o)
TOOLS    := $(patsubst tools/%/,%,$(dir $(wildcard tools/ub-*/main.cc)))
RDMA     := $(if $(wildcard /usr/include/rdma/fabric.h),$(B)/lib/ub/libub-rdma.so)
FUZZ     := $(patsubst tests/fuzz/%.cc,%,$(filter-out %_test.cc,$(call sources,tests/fuzz)))
SO       := $(B)/lib/libub.so.$(VERSION)

.PHONY: all lib tools tests objects check check-verbs check-verbs-all check-verbs-hosts demo bench bench-map bench-rdma fuzz lint cross install uninstall deps deps-dev clean help always
.DEFAULT_GOAL := all
all: lib tools
lib: $(B)/lib/libub.so $(RDMA)
tools: $(TOOLS:%=$(B)/bin/%)
PLUGINS := $(patsubst tests/plugins/%.cc,$(B)/plugins/libub-%.so,$(wildcard tests/plugins/*.cc)) $(B)/plugins/libub-skeleton.so $(if $(RDMA),$(B)/plugins/foreign/libub-rdma.so)
tests: lib tools $(B)/bin/unit $(B)/bin/live $(B)/bin/conformance $(B)/bin/replay $(PLUGINS) $(B)/bin/demo $(if $(RDMA),$(B)/bin/offers)
objects: $(LIB_OBJ) $(if $(RDMA),$(call objects,transports/rdma))

help:
	@echo "make demo              an emulated rack comes up, and the tools report on it"
	@echo "make check             builds and runs every test; both install what they need (apt-get)"
	@echo "make all|tests|bench   builds the library and its tools | and its tests | runs the benchmarks"
	@echo "make check-verbs       runs the tests of real ibverbs, on soft-RoCE in a QEMU guest"
	@echo "make check-verbs-all   those, and the whole conformance suite there"
	@echo "make check-verbs-hosts runs those that need two hosts, in two guests with two rails between them"
	@echo "make bench-map         runs those of machines and the ways through them"
	@echo "make bench-rdma        runs those of rdma://, beside libfabric used directly"
	@echo "make fuzz FOR=60s      feeds hostile bytes to parsers and loaders, each for so long (s, min, h)"
	@echo "make lint|cross        checks the sources | compiles the library for aarch64"
	@echo "make install|uninstall PREFIX=$(PREFIX) LIBDIR=$(LIBDIR) DESTDIR=$(DESTDIR)"
	@echo "make deps|deps-dev     what building and running need | and checking, lint, fuzzing and benchmarks"
	@echo "make clean             removes build/"
	@echo "MODE=release|debug|asan|tsan  CXX=g++|clang++  V=1 shows commands  TIMES=FILE notes what each unit took"

# --- goals that set themselves up ------------------------------------------------------------------------------
# One after the other, each building in a make of its own, which sees what has just been installed and uses
# every core unless told how many.
ifneq ($(filter check check-verbs check-verbs-all check-verbs-hosts demo bench bench-map bench-rdma fuzz lint cross,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif
build = +$(Q)$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
deps:     ; @.ci/deps run
deps-dev: ; @.ci/deps dev
check:    ; @.ci/deps check
	$(build) tests
	$(Q)tests/run $(B)
# Without QEMU, or a kernel for it, the tests say so and are skipped.
check-verbs check-verbs-all check-verbs-hosts:
	$(Q).ci/deps check
	$(Q).ci/deps verbs || :
	$(build) tests
	$(Q)tests/rdma/$(if $(filter %-hosts,$@),hosts.sh,verbs.sh) $(B) $(if $(filter %-all,$@),all)
demo: deps
	$(build) all $(B)/bin/demo
	$(Q)tests/demo $(B)
bench: deps-dev
	$(Q).ci/deps bench || echo "bench: cannot install the peers; their figures will be missing" >&2
	$(build) $(B)/bin/bench
	$(Q)tests/bench/run $(B)
bench-map: deps-dev
	$(build) $(B)/bin/bench-map
	$(Q)tests/bench/run $(B) --map
bench-rdma: deps-dev
	$(build) lib $(B)/bin/bench-rdma
	$(Q)tests/bench/run $(B) --rdma
FOR := 60s
fuzz: deps-dev
	$(build) MODE=fuzz CXX=clang++ $(FUZZ:%=build/fuzz/bin/fuzz-%)
	$(Q)tests/fuzz/run build/fuzz $(FOR)
lint: deps-dev
	$(build) $(B)/include/.made
	$(Q)tests/run $(B) tests/lint/*.sh
cross: deps-dev
	$(build) objects CXX=aarch64-linux-gnu-g++ B=build/aarch64
clean: ; rm -rf build

# --- how it is built -----------------------------------------------------------------------------------------
# Third-party headers are the host's; another machine's compiler has them behind its own.
ifneq ($(findstring -linux-gnu-,$(CXX)),)
PREPROCESS += -idirafter /usr/include
endif

# Another compiler, other flags, another layering or another place build everything anew.
$(B)/flags: export BUILT_BY = in $(CURDIR): $(CXX) $(if $(PRECOMPILE),$(HEADERS_tests)) $(PREPROCESS) $(COMPILE) $(LINK) $(foreach f,$(FOLDERS),$(f): $(USES_$(f));)
$(B)/flags: always
	@mkdir -p $(@D); now=$$(echo "$$BUILT_BY"; $(CXX) --version); [ "$$now" = "$$(cat $@ 2>&1)" ] || echo "$$now" >$@
# The farm of links that makes the layering hold.
$(B)/include/.made: $(B)/flags
	@rm -rf $(@D); $(foreach f,$(FOLDERS),mkdir -p $(sort $(@D)/$(f) $(dir $(USES_$(f):lib/%=$(@D)/$(f)/%))) && $(foreach u,$(USES_$(f)),ln -sfn $(CURDIR)/$(u) $(@D)/$(f)/$(u:lib/%=%) &&)) touch $@

# Clang reads the standard headers precompiled, which saves a third of its time. GCC would gain a tenth, and compiles every
# file as it stands instead, so that a missing include is found. A compiler cache does better without.
PRECOMPILE := $(if $(findstring clang,$(CXX)),$(if $(findstring ccache,$(realpath $(shell command -v $(firstword $(CXX))))),,yes))
HEADERS_standard := algorithm array atomic charconv chrono condition_variable cstdint cstdio cstdlib cstring deque filesystem fstream \
  functional map memory mutex numeric optional random set span string string_view thread utility variant vector
HEADERS_tests := $(HEADERS_standard) doctest/doctest.h
$(B)/pch/%.pch: $(B)/flags
	$(call say,PCH,$*)
	$(Q)mkdir -p $(@D) && printf '#include <%s>\n' $(HEADERS_$*) >$(@D)/$*.h && $(CXX) $(PREPROCESS) $(COMPILE) -fpch-instantiate-templates -MD -MP -MF $(B)/obj/pch-$*.d -MT $@ -x c++-header $(@D)/$*.h -o $@
DOCTESTS := $(filter-out %/doctest.o,$(call objects,tests/unit tests/live tests/conformance))
.SECONDARY: $(B)/pch/standard.pch $(B)/pch/tests.pch
precompiled = $(if $(PRECOMPILE),-include-pch $(B)/pch/$(if $(filter $@,$(DOCTESTS)),tests,standard).pch)
$(DOCTESTS): | $(if $(PRECOMPILE),$(B)/pch/tests.pch)

$(B)/obj/%.o: %.cc $(B)/include/.made | $(if $(PRECOMPILE),$(B)/pch/standard.pch)
	$(call say,CXX,$<)
	$(Q)mkdir -p $(@D) && $(if $(TIMES),.ci/timed $@) $(CXX) $(PREPROCESS) -I$(B)/include/$(patsubst %/,%,$(dir $<)) $(COMPILE) $(precompiled) -MMD -MP -c $< -o $@

# The profiles travel inside the library: one raw string each.
$(B)/obj/profiles.cc: $(PROFILES) Makefile
	$(Q)mkdir -p $(@D) && { echo '#include "topology/builtin_profiles.h"'; \
	  echo 'namespace ub::topology { const BuiltinProfile kBuiltinProfiles[] = {'; \
	  for p in $(PROFILES); do printf '{"%s", R"~~~(' $$(basename $$p .toml); cat $$p || exit 1; printf ')~~~"},\n'; done; \
	  echo '}; const std::size_t kBuiltinProfileCount = std::size(kBuiltinProfiles); }'; } > $@.new && mv $@.new $@
$(B)/obj/profiles.o: $(B)/obj/profiles.cc $(B)/include/.made
	$(Q)$(CXX) $(PREPROCESS) -I$(B)/include/lib/topology $(COMPILE) -MMD -MP -c $< -o $@

# Only the public API leaves libub.so: lib/libub.map hides the instantiated templates of others as well.
$(SO): $(LIB_OBJ) lib/libub.map
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CXX) -shared -Wl,-soname,libub.so.$(SOVERSION) -Wl,--version-script=lib/libub.map $(LINK) -o $@ $(LIB_OBJ) $(LIB_LIBS)
$(B)/lib/libub.so: $(SO)
	$(Q)ln -sfn $(<F) $(@D)/libub.so.$(SOVERSION) && ln -sfn libub.so.$(SOVERSION) $@
$(B)/lib/libub.a: $(LIB_OBJ) ; $(Q)mkdir -p $(@D) && rm -f $@ && ar rcs $@ $^

PROGRAM = $(Q)mkdir -p $(@D) && $(CXX) $(LINK) -o $@ $(filter %.o %.a,$^)
UB   = -L$(B)/lib -lub -Wl,-rpath,'$$ORIGIN/../lib'
# These look behind the public API, at what the library hides.
INSIDE := ub-emu ub-topo
define tool
$(B)/bin/$(1): $(call objects,tools/$(1) tools/common $(if $(filter $(INSIDE),$(1)),tools/machine)) $(B)/lib/libub.$(if $(filter $(INSIDE),$(1)),a,so)
	$$(call say,LD,$$@)
	$$(PROGRAM) $(if $(filter $(INSIDE),$(1)),$(LIB_LIBS),$$(UB))
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$(t))))
TEST_MAIN := $(B)/obj/tests/unit/main.o $(B)/obj/tests/unit/doctest.o
$(B)/bin/unit: $(call objects,tests/unit) $(B)/obj/transports/rdma/describe.o $(B)/obj/transports/rdma/event_box.o $(B)/obj/transports/rdma/memories.o $(B)/obj/transports/rdma/wire.o $(call objects,tools/common) $(B)/lib/libub.a | $(PLUGINS) $(RDMA)
	$(call say,LD,$@)
	$(PROGRAM) -rdynamic $(LIB_LIBS)
# Fuzz targets all have the same entry, but where one program replays them all.
$(FUZZ:%=$(B)/obj/tests/fuzz/%.o): PREPROCESS += $(if $(filter fuzz,$(MODE)),,-DLLVMFuzzerTestOneInput=fuzz_$(*F))
$(B)/bin/replay: $(call objects,tests/fuzz) $(B)/obj/transports/rdma/wire.o $(TEST_MAIN) $(B)/obj/tools/common/units.o $(B)/obj/tools/common/print.o $(B)/lib/libub.a
	$(call say,LD,$@)
	$(PROGRAM) -rdynamic $(LIB_LIBS)
$(B)/bin/fuzz-rdma: $(B)/obj/transports/rdma/wire.o
$(B)/bin/fuzz-%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tools/common/units.o $(B)/obj/tools/common/print.o $(B)/lib/libub.a
	$(call say,LD,$@)
	$(PROGRAM) -fsanitize=fuzzer $(LIB_LIBS)
$(B)/bin/live: $(call objects,tests/live) $(TEST_MAIN) $(B)/lib/libub.so | $(RDMA)
	$(call say,LD,$@)
	$(PROGRAM) $(UB)
$(B)/bin/conformance: $(call objects,tests/conformance) $(B)/obj/tests/unit/doctest.o $(B)/lib/libub.so | $(PLUGINS) $(RDMA)
	$(call say,LD,$@)
	$(PROGRAM) $(UB)
$(B)/bin/offers: $(B)/obj/tests/rdma/offers.o
	$(call say,LD,$@)
	$(PROGRAM) -lfabric
$(B)/bin/demo: $(B)/obj/tests/demo.o $(B)/lib/libub.so
	$(call say,LD,$@)
	$(PROGRAM) $(UB)
# Plug-ins see the public headers alone, and find libub in the program that loads them.
PLUGIN = $(Q)mkdir -p $(@D) && $(CXX) $(PREPROCESS) $(COMPILE) -MMD -MP -MF $(B)/obj/plugin-$(@F).d -MT $@ -shared $(filter %.cc,$^) $(LINK) -o $@
$(B)/plugins/libub-skeleton.so: transports/skeleton/transport.cc $(B)/flags
	$(call say,LD,$@)
	$(PLUGIN)
# The one plug-in that is ours to install: only it needs libfabric and rdma-core. Without their headers it is left out.
$(B)/lib/ub/libub-rdma.so: $(call objects,transports/rdma)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CXX) -shared $(LINK) -o $@ $(filter %.o,$^) -lfabric -libverbs
$(B)/plugins/libub-%.so: tests/plugins/%.cc $(B)/flags
	$(call say,LD,$@)
	$(PLUGIN)
$(B)/plugins/foreign/libub-rdma.so: $(B)/obj/tests/rdma/foreign.o $(B)/obj/transports/rdma/wire.o
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D) && $(CXX) -shared $(LINK) -o $@ $(filter %.o,$^) -lfabric
$(B)/bin/bench: $(call objects,tests/bench tools/common) $(B)/lib/libub.so
	$(call say,LD,$@)
	$(PROGRAM) $(UB) -lbenchmark
# The map is inside libub and not in its API.
$(B)/bin/bench-map: $(call objects,tests/bench/map) $(patsubst %,$(B)/obj/tests/bench/%.o,rows report) $(patsubst %,$(B)/obj/tools/common/%.o,print json samples) $(B)/lib/libub.a
	$(call say,LD,$@)
	$(PROGRAM) $(LIB_LIBS) -lbenchmark
$(B)/bin/bench-rdma: $(call objects,tests/bench/rdma tools/common) $(patsubst %,$(B)/obj/tests/bench/%.o,rows report helper) $(B)/lib/libub.so | $(RDMA)
	$(call say,LD,$@)
	$(PROGRAM) $(UB) -lbenchmark -lfabric

# --- installation ---------------------------------------------------------------------------------------------
$(B)/pkg/%: lib/%.in always
	@mkdir -p $(@D) && sed 's|@VERSION@|$(VERSION)|; s|@SOVERSION@|$(SOVERSION)|; s|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@UP@|$(shell \
	  realpath -m --relative-to=$(LIBDIR)/cmake/ub $(PREFIX))|' $< >$@
# What lies where, for putting it there ($(1) = put) and for taking it away (drop).
define placed
$(call $(1),$(PREFIX)/bin,755,$(TOOLS:%=$(B)/bin/%))
$(call $(1),$(LIBDIR),644,$(SO))
$(call $(1),$(LIBDIR)/ub,644,$(RDMA))
$(call $(1),$(LIBDIR)/pkgconfig,644,$(B)/pkg/ub.pc)
$(call $(1),$(LIBDIR)/cmake/ub,644,$(B)/pkg/ubConfig.cmake $(B)/pkg/ubConfigVersion.cmake)
$(call $(1),$(PREFIX)/include/ub,644,$(wildcard include/ub/*.h))
$(call $(1),$(PREFIX)/include/ub/detail,644,$(wildcard include/ub/detail/*.h))
$(call $(1),$(PREFIX)/share/man/man1,644,$(wildcard man/*.1))
$(call $(1),$(PREFIX)/share/man/man3,644,$(wildcard man/*.3))
$(call $(1),$(PREFIX)/share/man/man5,644,$(wildcard man/*.5))
$(call $(1),$(PREFIX)/share/man/man7,644,$(wildcard man/*.7))
endef
put  = $(if $(3),$(Q)install -d "$(DESTDIR)$(1)" && install -m$(2) -t "$(DESTDIR)$(1)" $(3))
drop = $(if $(3),$(Q)rm -f $(patsubst %,"$(DESTDIR)$(1)/%",$(notdir $(3))))
SONAMES = "$(DESTDIR)$(LIBDIR)/libub.so.$(SOVERSION)" "$(DESTDIR)$(LIBDIR)/libub.so"
install: all $(addprefix $(B)/pkg/,ub.pc ubConfig.cmake ubConfigVersion.cmake)
	$(call placed,put)
	$(Q)for l in $(SONAMES); do ln -sfn $(notdir $(SO)) "$$l"; done
	$(Q)[ -n "$(DESTDIR)" ] || [ "$$(id -u)" != 0 ] || ldconfig
uninstall:
	$(call placed,drop)
	$(Q)rm -f $(SONAMES)
	$(Q)for d in $(PREFIX)/include/ub/detail $(PREFIX)/include/ub $(LIBDIR)/cmake/ub $(LIBDIR)/ub; do rmdir "$(DESTDIR)$$d" 2>/dev/null || :; done

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
