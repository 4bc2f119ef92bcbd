#include "tools/ub-emu/lines.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace tools::emu {

void Outlet::add(std::string_view mark, std::string_view line) {
  if (closed_) return;
  pending_.append(mark).append(line).push_back('\n');
}

void Outlet::write_some() {
  // POLLOUT promises room for this much in a pipe; a larger write could block, and delay every signal.
  const std::size_t piece = std::min<std::size_t>(pending_.size() - written_, PIPE_BUF);
  const ssize_t n = ::write(fd_, pending_.data() + written_, piece);
  if (n < 0) {
    if (errno != EINTR && errno != EAGAIN) error_ = errno, close();
    return;
  }
  written_ += std::size_t(n);
  // Not after every piece, which would move a long line a thousand times.
  if (written_ < kEnough && waiting()) return;
  pending_.erase(0, written_);
  written_ = 0;
}

void Outlet::close() {
  closed_ = true;
  pending_.clear();
  written_ = 0;
}

Source::Read Source::read_some(Outlet& to) {
  char part[16384];
  const ssize_t n = ::read(fd(), part, sizeof part);
  if (n < 0) return errno == EAGAIN || errno == EINTR ? Read::nothing : Read::end;
  if (n == 0) return Read::end;
  std::string_view rest(part, std::size_t(n));
  for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    begun_.append(rest.substr(0, end));
    to.add(mark_, begun_);
    begun_.clear();
  }
  begun_.append(rest);
  if (begun_.size() >= kLongest) {
    to.add(mark_, begun_);
    begun_.clear();
  }
  return Read::some;
}

void Source::close(Outlet& to) {
  if (!begun_.empty()) to.add(mark_, begun_);
  begun_.clear();
  pipe_ = ub::base::Fd();
}

}  // namespace tools::emu
