#include "perform.h"

#include <type_traits>

namespace ub::conformance {
namespace {

template <class T> std::uint64_t bits(T v) { return std::make_unsigned_t<T>(v); }
template <class T> Outcome outcome(Result<T> r) { return {r.status, r.ok() ? bits(r.result) : 0, {}, {}}; }
Outcome outcome(Status s) { return {s, 0, {}, {}}; }

// Calls `f` with a value of the step's word type.
template <class F> auto as_atomic(const Step& s, F f) {
  if (s.size == 4) return s.is_signed ? f(std::int32_t()) : f(std::uint32_t());
  return s.is_signed ? f(std::int64_t()) : f(std::uint64_t());
}
template <class F> auto as_word(const Step& s, F f) {
  if (s.size == 1) return s.is_signed ? f(std::int8_t()) : f(std::uint8_t());
  if (s.size == 2) return s.is_signed ? f(std::int16_t()) : f(std::uint16_t());
  return as_atomic(s, f);
}

template <class T> Result<T> fetch(const RemoteSegment& to, const Step& s) {
  switch (s.op) {
    case Op::fetch_add:
      return to.fetch_add<T>(s.offset, T(s.value));
    case Op::fetch_sub:
      return to.fetch_sub<T>(s.offset, T(s.value));
    case Op::fetch_and:
      return to.fetch_and<T>(s.offset, T(s.value));
    case Op::fetch_or:
      return to.fetch_or<T>(s.offset, T(s.value));
    case Op::fetch_xor:
      return to.fetch_xor<T>(s.offset, T(s.value));
    case Op::swap:
      return to.swap<T>(s.offset, T(s.value));
    case Op::compare_swap:
      return to.compare_swap<T>(s.offset, T(s.compare), T(s.value));
    case Op::masked_swap:
      return to.masked_swap<T>(s.offset, T(s.value), T(s.mask));
    default:
      return to.masked_compare_swap<T>(s.offset, T(s.compare), T(s.value), T(s.compare_mask), T(s.mask));
  }
}

// Ops whose form with options is also their plain form.
Outcome either(const RemoteSegment& to, const Step& s, const OpOptions& o) {
  Outcome out;
  if (s.op == Op::compare_swap16)
    out.status = to.compare_swap16(s.offset, s.compare16, s.desired16, out.value16, o);
  else
    out.status = to.write_signal(s.offset, s.data.data(), s.data.size(), s.signal_offset, s.value, o);
  return out;
}

Outcome plain(const RemoteSegment& to, const Step& s) {
  Outcome out;
  switch (s.op) {
    case Op::load:
      return as_word(s, [&](auto t) { return outcome(to.load<decltype(t)>(s.offset)); });
    case Op::store:
      return as_word(s,
                     [&](auto t) { return outcome(to.store<decltype(t)>(s.offset, decltype(t)(s.value))); });
    case Op::read:
      out.data.resize(s.length);
      out.status = to.read(s.offset, out.data.data(), s.length);
      return out;
    case Op::write:
      return outcome(to.write(s.offset, s.data.data(), s.data.size()));
    case Op::write_signal:
    case Op::compare_swap16:
      return either(to, s, {});
    default:
      return as_atomic(s, [&](auto t) { return outcome(fetch<decltype(t)>(to, s)); });
  }
}

Outcome with_options(const RemoteSegment& to, const Step& s, const OpOptions& o) {
  Outcome out;
  switch (s.op) {
    case Op::load:
      return as_word(s, [&](auto t) { return outcome(to.load<decltype(t)>(s.offset, o)); });
    case Op::store:
      return as_word(
          s, [&](auto t) { return outcome(to.store<decltype(t)>(s.offset, decltype(t)(s.value), o)); });
    case Op::compare_swap:
      return as_atomic(s, [&](auto t) {
        using T = decltype(t);
        return outcome(to.compare_swap<T>(s.offset, T(s.compare), T(s.value), o));
      });
    case Op::read:
      out.data.resize(s.length);
      out.status = to.read(s.offset, out.data.data(), s.length, o);
      return out;
    case Op::write:
      return outcome(to.write(s.offset, s.data.data(), s.data.size(), o));
    case Op::write_signal:
    case Op::compare_swap16:
      return either(to, s, o);
    default:
      return as_atomic(s, [&](auto t) {
        return outcome(to.atomic<decltype(t)>(s.op, s.offset, decltype(t)(s.value), o));
      });
  }
}

Outcome queued(const RemoteSegment& to, Queue& queue, const Step& s, const OpOptions& o) {
  Outcome out;
  PostOptions p;
  p.tag = 0x7461677461677461;
  p.notify = o.notify;
  p.deadline = o.deadline;
  out.status = post(queue, to, s, out.data, p);
  if (!out.status.ok()) return out;
  Completion done;
  while (queue.poll({&done, 1}) == 0 || done.tag != p.tag)
    if (const Status flushed = queue.flush(); !flushed.ok()) return {flushed, 0, {}, {}};
  take(done, s, out);
  return out;
}

}  // namespace

const char* name(Form f) {
  return f == Form::plain ? "plain" : f == Form::options ? "with options" : "queued";
}

bool has_form(Form f, Op op) {
  const bool masked = op == Op::masked_swap || op == Op::masked_compare_swap;
  return f != Form::options || !masked;
}

Outcome perform(Form f, const RemoteSegment& to, Queue& queue, const Step& s, const OpOptions& o) {
  if (f == Form::plain) return plain(to, s);
  return f == Form::options ? with_options(to, s, o) : queued(to, queue, s, o);
}

void take(const Completion& done, const Step& s, Outcome& out) {
  out.status = done.status;
  if (s.op == Op::compare_swap16)
    out.value16 = {done.value, done.high};
  else if (s.op != Op::store && s.size != 0)
    out.value = done.value;
}

Status post(Queue& queue, const RemoteSegment& to, const Step& s, std::vector<std::byte>& data,
            const PostOptions& p) {
  switch (s.op) {
    case Op::load:
      return as_word(s, [&](auto t) { return queue.load<decltype(t)>(to, s.offset, p); });
    case Op::store:
      return as_word(s,
                     [&](auto t) { return queue.store<decltype(t)>(to, s.offset, decltype(t)(s.value), p); });
    case Op::compare_swap:
      return as_atomic(s, [&](auto t) {
        using T = decltype(t);
        return queue.compare_swap<T>(to, s.offset, T(s.compare), T(s.value), p);
      });
    case Op::masked_swap:
      return as_atomic(s, [&](auto t) {
        using T = decltype(t);
        return queue.masked_swap<T>(to, s.offset, T(s.value), T(s.mask), p);
      });
    case Op::masked_compare_swap:
      return as_atomic(s, [&](auto t) {
        using T = decltype(t);
        return queue.masked_compare_swap<T>(to, s.offset, T(s.compare), T(s.value), T(s.compare_mask),
                                            T(s.mask), p);
      });
    case Op::compare_swap16:
      return queue.compare_swap16(to, s.offset, s.compare16, s.desired16, p);
    case Op::read:
      data.resize(s.length);
      return queue.read(to, s.offset, data.data(), s.length, p);
    case Op::write:
      return queue.write(to, s.offset, s.data.data(), s.data.size(), p);
    case Op::write_signal:
      return queue.write_signal(to, s.offset, s.data.data(), s.data.size(), s.signal_offset, s.value, p);
    default:
      return as_atomic(
          s, [&](auto t) { return queue.atomic<decltype(t)>(s.op, to, s.offset, decltype(t)(s.value), p); });
  }
}

}  // namespace ub::conformance
