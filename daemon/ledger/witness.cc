#include "daemon/ledger/witness.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/ledger/cosignature.h"
#include "daemon/ledger/note_lines.h"
#include "daemon/ledger/outside_checkpoint.h"
#include "daemon/ledger/tree.h"
#include "daemon/platform/log.h"

namespace liandong {

namespace {

constexpr std::size_t kMostBytes = 65536;
constexpr std::size_t kMostNoteBytes = 4096;  // what outside_checkpoint.h reads back
constexpr std::size_t kMostSteps = 63;        // as the specification says
constexpr std::string_view kOld = "old ";

struct Request {
  std::uint64_t old_size = 0;
  std::vector<Digest> proof;
  std::string_view note;
};

std::optional<Request> parse_request(std::string_view text) {
  if (text.size() > kMostBytes) return std::nullopt;
  Request request;
  const auto first = take_line(text);
  if (!first || !first->starts_with(kOld)) return std::nullopt;
  const auto size = parse_size(first->substr(kOld.size()));
  if (!size) return std::nullopt;
  request.old_size = *size;
  for (;;) {
    const auto line = take_line(text);
    if (!line) return std::nullopt;
    if (line->empty()) break;
    const auto hash = parse_digest(*line);
    if (!hash || request.proof.size() >= kMostSteps) return std::nullopt;
    request.proof.push_back(*hash);
  }
  request.note = text;
  return request;
}

WitnessAnswer refused(int status, std::string words) {
  return {status, "text/plain; charset=utf-8", std::move(words) + "\n"};
}

WitnessAnswer knows(std::uint64_t size) {
  return {409, "text/x.tlog.size", std::to_string(size) + "\n"};
}

}  // namespace

Witness::Witness(Options options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

std::filesystem::path Witness::state_file(const std::string& origin) const {
  return options_.folder / (sha256_hex(origin).substr(0, 32) + ".checkpoint");
}

WitnessAnswer Witness::add_checkpoint(std::string_view text) {
  const auto request = parse_request(text);
  if (!request) return refused(400, "not a request to add a checkpoint");
  return judge(request->old_size, request->proof, request->note);
}

WitnessAnswer Witness::judge(std::uint64_t old_size, const std::vector<Digest>& proof,
                             std::string_view note) {
  const auto said = peek_checkpoint(note);
  if (!said) return refused(400, said.error().message());
  if (note.size() > kMostNoteBytes) return refused(400, "the checkpoint is longer than 4 KiB");
  const auto found = options_.logs.find(said->origin);
  if (found == options_.logs.end()) return refused(404, "this log is not known here");
  const LogKey& known_log = found->second;
  const auto checkpoint = open_checkpoint(note, known_log);
  if (!checkpoint) return refused(403, checkpoint.error().message());
  if (old_size > checkpoint->size) return refused(400, "the old size is beyond the checkpoint");
  const std::filesystem::path file = state_file(said->origin);
  const auto known = read_outside_checkpoint(file, known_log);
  if (!known) {
    log(Level::Error, "witness.failed", {{"error", known.error().message()}});
    return refused(500, "the witness cannot read what it remembers");
  }
  const Checkpoint last =
      known->value_or(Checkpoint{said->origin, 0, TreeEdge(known_log.hash).root()});
  if (old_size != last.size) return knows(last.size);
  if (checkpoint->size == last.size && checkpoint->root != last.root) return knows(last.size);
  if (!verify_consistency(known_log.hash, last.size, last.root, checkpoint->size, checkpoint->root,
                          proof))
    return refused(422, "the proof does not lead from the old tree to the new one");
  const auto written = write_outside_checkpoint(file, note);
  if (!written) {
    log(Level::Error, "witness.failed", {{"error", written.error().message()}});
    return refused(500, "the witness cannot keep the checkpoint");
  }
  log(Level::Info, "checkpoint.witnessed",
      {{"origin", checkpoint->origin}, {"size", checkpoint->size}});
  return {200, "text/plain; charset=utf-8",
          cosign(note, options_.name, options_.key, clock_.now())};
}

std::string witness_request(std::uint64_t old_size, const std::vector<Digest>& proof,
                            std::string_view note) {
  std::string body = fmt::format("old {}\n", old_size);
  for (const Digest& step : proof) body += base64(as_bytes(step)) + "\n";
  return body + "\n" + std::string(note);
}

}  // namespace liandong
