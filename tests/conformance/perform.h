// The ways of issuing a step: as a word op that may be direct, with options, through a queue. All have to agree.
// Owner: none.  Threads: as the handles'.
// Units: as Step's.
// Errors: in the Outcome's status.
#pragma once

#include "step.h"

namespace ub::conformance {

enum class Form : std::uint8_t { plain, options, queued };
inline constexpr Form kForms[] = {Form::plain, Form::options, Form::queued};
const char* name(Form);
/// Masked atomics have no form with options.
bool has_form(Form, Op);

/// Blocks until the op has ended.
Outcome perform(Form, const RemoteSegment&, Queue&, const Step&, const OpOptions& = {});
/// Posts it; a read fills `data`, and until it has ended both have to stay.
Status post(Queue&, const RemoteSegment&, const Step&, std::vector<std::byte>& data, const PostOptions&);
/// What its completion says of it.
void take(const Completion&, const Step&, Outcome&);

}  // namespace ub::conformance
