#include "daemon/console/metrics.h"

#include <array>
#include <sstream>

#include <prometheus/text_serializer.h>

namespace liandong {

namespace {

using Labels = std::vector<prometheus::ClientMetric::Label>;

class Families {
 public:
  void family(const char* name, const char* help, prometheus::MetricType type) {
    prometheus::MetricFamily family;
    family.name = name;
    family.help = help;
    family.type = type;
    families_.push_back(std::move(family));
  }
  void gauge(const char* name, const char* help) {
    family(name, help, prometheus::MetricType::Gauge);
  }
  void counter(const char* name, const char* help) {
    family(name, help, prometheus::MetricType::Counter);
  }
  // Of the family named last.
  void value(double value, Labels labels = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    metric.counter.value = value;
    families_.back().metric.push_back(std::move(metric));
  }

  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families_);
    return out.str();
  }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

bool is_open(const std::string& state) {
  return state != "delivered" && state != "failed" && state != "cancelled";
}

void add_channels(Families& families, const StatusReport& report) {
  families.gauge("liandong_deliveries", "Deliveries by channel and present state");
  for (const ChannelStatus& channel : report.channels) {
    for (const auto& [state, number] : channel.states)
      families.value(static_cast<double>(number), {{"channel", channel.name}, {"state", state}});
  }
  families.gauge("liandong_queue_depth", "Deliveries that are not final, by channel");
  for (const ChannelStatus& channel : report.channels) {
    std::int64_t open = 0;
    for (const auto& [state, number] : channel.states) open += is_open(state) ? number : 0;
    families.value(static_cast<double>(open), {{"channel", channel.name}});
  }
  families.gauge("liandong_channel_paused", "1 while a channel is paused");
  for (const ChannelStatus& channel : report.channels)
    families.value(channel.paused_at ? 1 : 0, {{"channel", channel.name}});
  families.gauge("liandong_deliveries_drifted", "Deliveries found changed or gone on the platform");
  for (const ChannelStatus& channel : report.channels)
    families.value(static_cast<double>(channel.drifted), {{"channel", channel.name}});
}

void add_sources(Families& families, const StatusReport& report) {
  families.gauge("liandong_source_failures", "Looks at a source that failed in a row");
  for (const SourceStatus& source : report.sources)
    families.value(static_cast<double>(source.failures), {{"source", source.name}});
  families.gauge("liandong_source_held", "Deliveries held since a mass change of the source");
  for (const SourceStatus& source : report.sources)
    families.value(static_cast<double>(source.held), {{"source", source.name}});
  families.gauge("liandong_source_read_age_seconds", "Since a source was last read right");
  for (const SourceStatus& source : report.sources) {
    if (source.read_at)
      families.value(seconds(report.at - *source.read_at), {{"source", source.name}});
  }
}

}  // namespace

std::string metrics_text(const StatusReport& report, const Health& health, std::uint64_t commits) {
  Families families;
  add_channels(families, report);
  add_sources(families, report);
  families.gauge("liandong_items", "Items known");
  families.value(static_cast<double>(report.items));
  families.gauge("liandong_obligations_open", "Items that still have to reach a channel");
  families.value(static_cast<double>(report.obligations_open));
  families.gauge("liandong_obligations_late", "Open obligations past their time");
  families.value(static_cast<double>(report.obligations_late));
  families.gauge("liandong_ledger_entries", "Entries in the ledger");
  families.value(static_cast<double>(report.ledger_size));
  families.gauge("liandong_ledger_unsigned_entries", "Entries after the last signed checkpoint");
  families.value(static_cast<double>(report.ledger_size - report.checkpoint_size));
  families.gauge("liandong_alerts", "Alerts that are not over");
  families.value(static_cast<double>(report.alerts.size()));
  families.gauge("liandong_restored_backup",
                 "1 while nothing is sent because of a restored backup");
  families.value(report.restored ? 1 : 0);
  families.gauge("liandong_checkpoint_age_seconds", "Since the last checkpoint was signed");
  if (report.checkpoint_at) families.value(seconds(report.at - *report.checkpoint_at));
  families.gauge("liandong_screens", "Approved screens, and those seen within five minutes");
  families.value(static_cast<double>(report.screens_ready), {{"state", "approved"}});
  families.value(static_cast<double>(report.screens_seen), {{"state", "seen"}});
  families.gauge("liandong_still_seconds", "Since a part of the daemon last moved");
  for (const Health::Part part : Health::kParts)
    families.value(seconds(health.since(part)), {{"part", std::string(to_string(part))}});
  families.counter("liandong_commits_total", "Database transactions committed since the start");
  families.value(static_cast<double>(commits));
  families.gauge("liandong_build_info", "1, with the version of this program");
  families.value(1, {{"version", LIANDONG_VERSION}});
  return families.text();
}

}  // namespace liandong
