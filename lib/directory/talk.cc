#include "directory/talk.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/text.h"
#include "ub/transport.h"

namespace ub::directory {

using base::cat;

namespace {

Failure foreign() {
  return base::fail(Code::taken, "what listens there is no libub directory", "choose another port");
}

std::string version_text(const wire::Preamble& p) {
  return cat("libub ", p.libub, " (exchange ", p.protocol, ", plug-in contract ", p.contract, ")");
}

Failure gone() {
  return base::fail(Code::peer_gone, "the listening side has gone",
                    "start all processes anew: the fabric was its to give out");
}

}  // namespace

Self this_self() {
  Self s;
  char name[kMaxHostName + 1] = {};
  (void)::gethostname(name, sizeof name - 1);
  s.host = base::printable(name, kMaxHostName);
  s.pid = ::getpid();
  s.version = {wire::kProtocol, transport::kContract, UB_VERSION};
  return s;
}

Talk::Talk(Terms terms, Self self, std::optional<std::uint64_t> incarnation)
    : terms_(std::move(terms)),
      self_(std::move(self)),
      listening_(incarnation.has_value()),
      incarnation_(incarnation.value_or(0)),
      seats_(terms_.bounds.ranks),
      synced_(listening_) {}

std::string Talk::describe(const Link& l) const {
  if (!listening_) return cat("the listening side at ", l.from);
  std::string text = l.seat ? cat("rank ", l.seat->value, ", ") : std::string();
  if (l.who.pid != 0) text += cat("process ", l.who.pid, " on ", base::printable(l.who.host), ", ");
  return text + l.from;
}

// --- input from connections and the clock

Talk::Id Talk::connected(std::string from, Instant now) {
  Link& l = links_[next_];
  l.from = std::move(from);
  l.begun = l.heard = l.said = now;
  l.out = wire::preamble(self_.version);
  if (!listening_)
    say(l, wire::Hello{terms_.fabric, terms_.transport, self_.host, terms_.bounds.ranks, self_.pid});
  return next_++;
}

void Talk::heard(Id id, std::string_view bytes, Instant now) {
  Link& l = links_.at(id);
  l.heard = now;
  if (l.ending || !l.why.empty()) return;
  l.in += bytes;
  if (l.state == Link::State::preamble && !read_preamble(l)) return;
  std::size_t done = 0;
  while (!l.ending && l.why.empty()) {
    const std::string_view rest = std::string_view(l.in).substr(done);
    const auto length = wire::frame_length(rest);
    if (!length || *length > rest.size()) break;
    auto message = wire::decode(rest.substr(0, *length));
    if (*length == 0 || !message) return cut(l, "sent what is no message");
    done += *length;
    std::visit([&](auto& m) { on(l, m); }, *message);
  }
  l.in.erase(0, done);
}

// Foreign bytes are detected at the first mismatch: a full preamble may never arrive.
bool Talk::read_preamble(Link& l) {
  const std::string ours = wire::preamble(self_.version).substr(0, 8);
  if (!std::string_view(l.in).substr(0, ours.size()).starts_with(ours.substr(0, l.in.size()))) {
    if (!listening_) failure_ = foreign();
    cut(l, "speaks something else than a libub directory");
    return false;
  }
  const auto theirs = wire::read_preamble(l.in);
  if (!theirs) return false;
  greeted_ = true;
  if (theirs->protocol != self_.version.protocol || theirs->contract != self_.version.contract) {
    Failure f = base::fail(
        Code::version_mismatch,
        cat("versions differ: ", version_text(self_.version), " here, ", version_text(*theirs), " there"),
        "use the same version of libub on all hosts");
    if (listening_)
      note(true, cat("refused ", describe(l), ": ", f.message()));
    else
      failure_ = std::move(f);
    end(l);
    return false;
  }
  l.in.erase(0, wire::kPreamble);
  l.state = Link::State::hello;
  return true;
}

void Talk::lost(Id id, std::string why) {
  const auto at = links_.find(id);
  if (at == links_.end()) return;
  const Link l = std::move(at->second);
  links_.erase(at);
  if (leaving_) return;
  const Snapshot* s = l.seat ? seats_.find(*l.seat) : nullptr;
  const bool died = s && state_of(*s) == Peer::State::joined;
  const std::string who = describe(l);
  if (listening_) {
    if (died)
      note(!l.why.empty(), cat(who, " is taken for dead: ", why));
    else if (!l.why.empty())
      note(true, cat("dropped ", who, ": ", why));
  } else if (synced_) {
    note(died, died ? cat("lost ", who, ", whose rank is taken for dead: ", why, "; nobody can join any more")
                    : cat(who, " has left; nobody can join any more"));
    failure_ = gone();
    if (wish_) answer(*failure_);
  }
  if (died) learn(after_death(*s), &l);
}

void Talk::tick(Instant now) {
  for (auto& [id, l] : links_) {
    if (!l.why.empty()) continue;
    if (l.ending) {
      if (now >= l.said + kLinger) l.why = "timed out while closing";
      continue;
    }
    if (now >= l.heard + kSilence)
      cut(l, cat("nothing has been heard of it for ", kSilence / std::chrono::seconds(1), " s"));
    else if (listening_ && l.state != Link::State::open && now >= l.begun + kSilence)
      cut(l, "it does not say who it is");
    else if (l.state == Link::State::open && l.out.empty() && now >= l.said + kBeat) {
      say(l, wire::Beat{});
      l.said = now;
    }
  }
}

Instant Talk::next_tick() const {
  Instant next = Instant::max();
  for (const auto& [id, l] : links_) {
    if (l.ending) {
      next = std::min(next, l.said + kLinger);
      continue;
    }
    next = std::min(next, l.heard + kSilence);
    if (l.state == Link::State::open)
      next = std::min(next, l.said + kBeat);
    else if (listening_)
      next = std::min(next, l.begun + kSilence);
  }
  return next;
}

// --- messages of other processes

void Talk::on(Link& l, wire::Hello& m) {
  if (!listening_ || l.state != Link::State::hello) return cut(l, "says hello out of turn");
  l.who = m;
  const std::string ours = cat(terms_.transport, "://", terms_.fabric),
                    theirs = base::printable(cat(m.transport, "://", m.fabric));
  if (ours != theirs)
    return refuse(l, base::fail(Code::taken, cat("the directory there serves ", ours, ", not ", theirs),
                                "choose another port, or the same name"));
  if (m.ranks != terms_.bounds.ranks)
    return refuse(l,
                  base::fail(Code::invalid_argument,
                             cat(ours, " has room for ", terms_.bounds.ranks, " ranks there, not ", m.ranks),
                             "give the same ranks= everywhere"));
  l.state = Link::State::open;
  say(l, wire::Welcome{incarnation_});
  for (const auto& [rank, s] : seats_.all()) l.news.insert(rank);
  say_news(l);
  say(l, wire::Synced{});
}

void Talk::on(Link& l, wire::Welcome& m) {
  if (listening_ || l.state != Link::State::hello) return cut(l, "unexpected Welcome message");
  incarnation_ = m.incarnation;
  l.state = Link::State::open;
}

void Talk::on(Link& l, wire::Synced&) {
  if (listening_ || l.state != Link::State::open) return cut(l, "speaks out of turn");
  synced_ = true;
}

void Talk::on(Link& l, wire::News& m) {
  const Snapshot& s = m.snapshot;
  if (l.state != Link::State::open) return cut(l, "tells news out of turn");
  if (auto wrong = wrong_with(s, terms_.bounds)) return cut(l, cat("tells impossible news: ", *wrong));
  if (listening_) {
    const Snapshot* known = l.seat ? seats_.find(*l.seat) : nullptr;
    if (!m.own || !known || s.rank != *l.seat || s.record.epoch != known->record.epoch ||
        s.record.node != known->record.node)
      return cut(l, "tells news of a rank that is not its own");
  } else if (m.own) {
    l.seat = s.rank;
  }
  if (s.rank != own_) learn(s, &l);
}

void Talk::on(Link& l, wire::Wish& m) {
  if (!listening_ || l.state != Link::State::open) return cut(l, "unexpected rank request");
  if (l.seat && state_of(*seats_.find(*l.seat)) == Peer::State::joined)
    return cut(l, "wishes for a second rank");
  const auto claim = seats_.claim(m.rank, m.node, l.who.host, l.who.pid);
  if (!claim.ok()) {
    if (l.out.size() > kMostUnread) return cut(l, "repeats refused requests and does not read the responses");
    say_news(l);  // first, the rank's holder
    return say(l, wire::Refused{claim.error().code(), claim.error().what, claim.error().advice});
  }
  l.seat = m.rank;
  spread(*seats_.find(m.rank), &l);
  say(l, wire::Seated{claim.value().epoch, claim.value().generation, claim.value().serial});
}

void Talk::on(Link& l, wire::Seated& m) {
  if (listening_ || !wish_) return cut(l, "gives what nobody asked for");
  own_ = wish_->first;
  answer(Claim{m.epoch, m.generation, m.serial});
}

void Talk::on(Link& l, wire::Refused& m) {
  if (listening_) return cut(l, "refuses what nobody asked for");
  Failure f = base::fail(m.code, m.what, m.advice);
  if (wish_) return answer(std::move(f));
  if (!synced_) failure_ = std::move(f);
  cut(l, cat("it says: ", m.what));
}

// --- requests of this process

void Talk::claim(Rank rank, NodeId node) {
  UB_ASSERT(!wish_ && !own_);
  wish_ = {rank, node};
  if (!listening_) {
    if (links_.empty()) return answer(failure_.value_or(gone()));
    return say(links_.begin()->second, wire::Wish{rank, node});
  }
  auto given = seats_.claim(rank, node, self_.host, self_.pid);
  if (given.ok()) {
    own_ = rank;
    for (auto& [id, l] : links_) l.news.insert(rank);
  }
  answer(std::move(given));
}

void Talk::answer(Expected<Claim> a) {
  wish_.reset();
  answer_ = std::move(a);
}

void Talk::publish(Snapshot s) {
  UB_ASSERT(own_ && s.rank == *own_);
  s.sequence = ++sequence_;
  s.host = self_.host;
  seats_.update(s);
  for (auto& [id, l] : links_) l.news.insert(s.rank);
}

void Talk::leave(Instant now) {
  leaving_ = true;
  if (own_) {
    const Snapshot* last = seats_.find(*own_);
    if (last && state_of(*last) == Peer::State::joined) publish(after_leaving(*last));
  }
  for (auto& [id, l] : links_) {
    if (l.state == Link::State::open) say_news(l);
    l.ending = true;
    l.said = now;
  }
}

// --- output

void Talk::learn(const Snapshot& s, const Link* from) {
  if (seats_.update(s)) spread(*seats_.find(s.rank), from);
}

void Talk::spread(const Snapshot& s, const Link* from) {
  changed_.insert(s.rank);
  if (!listening_) return;
  for (auto& [id, l] : links_)
    if (&l != from) l.news.insert(s.rank);
}

std::vector<Snapshot> Talk::take_deliveries() {
  std::vector<Snapshot> all;
  for (const Rank r : std::exchange(changed_, {})) all.push_back(*seats_.find(r));
  return all;
}

void Talk::say(Link& l, const wire::Message& m) { l.out += wire::encode(m); }

// Sends only the latest snapshot of each rank; superseded ones are skipped.
void Talk::say_news(Link& l) {
  for (const Rank r : std::exchange(l.news, {}))
    if (const Snapshot* s = seats_.find(r)) say(l, wire::News{r == own_, *s});
}

void Talk::fill(Link& l, Instant now) {
  if (!l.out.empty() || l.news.empty() || l.state != Link::State::open || l.ending || !l.why.empty()) return;
  say_news(l);
  l.said = now;
}

// A process that is alive may be considered dead by mistake; Refused notifies it.
void Talk::cut(Link& l, std::string why) {
  if (listening_ && l.state == Link::State::open)
    say(l, wire::Refused{Code::peer_gone, cat("this process is dead to the others: ", why), {}});
  l.why = std::move(why);
}

void Talk::refuse(Link& l, Failure f) {
  note(true, cat("refused ", describe(l), ": ", f.message()));
  say(l, wire::Refused{f.code(), f.what, f.advice});
  end(l);
}

void Talk::end(Link& l) {
  l.ending = true;
  l.said = l.heard;
}

void Talk::note(bool warning, std::string text) { lines_.emplace_back(warning, std::move(text)); }

}  // namespace ub::directory
