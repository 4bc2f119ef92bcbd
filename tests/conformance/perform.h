// The ways to issue a step: as a word op that may be direct, with options, or through a queue. All must agree.
// Owner: none.  Thread safety: as for the handles.
// Units: as in Step.
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
/// Posts the step. A read fills `data`; the step and `data` must exist until the op has ended.
Status post(Queue&, const RemoteSegment&, const Step&, std::vector<std::byte>& data, const PostOptions&);
/// Copies the completion of the step to the outcome.
void take(const Completion&, const Step&, Outcome&);

}  // namespace ub::conformance
