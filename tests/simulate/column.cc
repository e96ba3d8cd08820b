#include "tests/simulate/column.h"

#include <algorithm>
#include <stdexcept>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace liandong {

// A friend of the column, so not in an anonymous namespace.
class SimulatedSource final : public Source {
 public:
  explicit SimulatedSource(SimulatedColumn& column) : column_(column) {}

  asio::awaitable<Look> list(ListingState last, Instant /*deadline*/) override {
    column_.looks.push_back(column_.clock_.now());
    co_await arrive();
    if (column_.answers_after > Duration::zero()) {
      const Instant answered = column_.clock_.after(column_.answers_after);
      co_await column_.clock_.sleep_until(answered);
    }
    if (column_.list_throws) throw std::runtime_error("a bug in the list's parser");
    if (!column_.faults.empty()) {
      SourceFault fault = column_.faults.front();
      column_.faults.pop_front();
      co_return fault;
    }
    if (column_.look_chance) {
      const auto fault = column_.look_chance();
      if (fault) co_return *fault;
    }
    const std::string edition = std::to_string(column_.edition_);
    const auto known = last.find("edition");
    if (column_.validates && known != last.end() && known->second == edition)
      co_return NotModified{column_.poll_after};
    Listing listing;
    for (const std::string& key : column_.listed_) {
      if (listing.rows.size() < column_.page_size) listing.rows.push_back(column_.row(key));
    }
    listing.next["edition"] = edition;
    listing.poll_after = column_.poll_after;
    co_return listing;
  }

  asio::awaitable<Reading> read(ListingRow row, Instant /*deadline*/) override {
    ++column_.reads[row.key];
    co_await arrive();
    if (column_.read_throws == row.key) throw std::runtime_error("a bug in the article's parser");
    if (column_.read_chance) {
      const auto fault = column_.read_chance();
      if (fault) co_return *fault;
    }
    const auto unreadable = column_.unreadable.find(row.key);
    if (unreadable != column_.unreadable.end()) co_return unreadable->second;
    const auto gone = column_.gone.find(row.key);
    if (gone != column_.gone.end()) co_return Gone{gone->second};
    co_return column_.rows_.at(row.key).article;
  }

 private:
  // A step of the event loop of its own, so that the program can die here.
  static asio::awaitable<void> arrive() {
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
  }

  SimulatedColumn& column_;
};

std::string SimulatedColumn::publish(const std::string& name, const std::string& text) {
  Article article;
  article.url = "https://www.example.gov.cn/" + name + ".html";
  article.title = "关于" + name + "的通知";
  article.published = StatedTime{clock_.now(), Precision::Second};
  article.body = body_of(text);
  add(article.url, article);
  return article.url;
}

void SimulatedColumn::add(const std::string& key, const Article& article) {
  Row row;
  row.article = article;
  row.row_date = article.published;
  rows_[key] = std::move(row);
  listed_.push_front(key);
  ++edition_;
}

void SimulatedColumn::edit(const std::string& key, const std::function<void(Article&)>& change) {
  Row& row = rows_.at(key);
  change(row.article);
  ++row.version;
  ++edition_;
}

void SimulatedColumn::set_row_date(const std::string& key, std::optional<StatedTime> date) {
  rows_.at(key).row_date = date;
}

void SimulatedColumn::set_row_title(const std::string& key, const std::string& title) {
  rows_.at(key).row_title = title;
}

void SimulatedColumn::unlist(const std::string& key) {
  std::erase(listed_, key);
  ++edition_;
}

void SimulatedColumn::remove(const std::string& key) {
  unlist(key);
  gone[key] = "404";
}

void SimulatedColumn::restore(const std::string& key) {
  gone.erase(key);
  std::erase(listed_, key);
  listed_.push_front(key);
  ++edition_;
}

void SimulatedColumn::pin(const std::string& key) {
  std::erase(listed_, key);
  listed_.push_front(key);
  ++edition_;
}

std::map<std::string, std::string> SimulatedColumn::redesign(const std::string& folder) {
  std::map<std::string, std::string> moved;
  for (const std::string& old : listed_) {
    const std::string key =
        "https://www.example.gov.cn/" + folder + old.substr(old.find_last_of('/'));
    Row row = rows_.at(old);
    row.article.url = key;
    rows_[key] = std::move(row);
    gone[old] = "404";
    moved[old] = key;
  }
  for (std::string& key : listed_) key = moved.at(key);
  ++edition_;
  return moved;
}

ListingRow SimulatedColumn::row(const std::string& key) const {
  const Row& known = rows_.at(key);
  ListingRow row;
  row.key = key;
  row.url = known.article.url;
  row.title = known.row_title.empty() ? known.article.title : known.row_title;
  row.published = known.row_date;
  if (tells_versions) row.version = std::to_string(known.version);
  if (carries_articles) row.article = known.article;
  return row;
}

std::shared_ptr<Source> make_simulated_source(SimulatedColumn& column) {
  return std::make_shared<SimulatedSource>(column);
}

Body body_of(const std::string& text) {
  Body body;
  Paragraph paragraph;
  paragraph.runs.push_back({text, "", false});
  body.blocks.emplace_back(std::move(paragraph));
  return body;
}

}  // namespace liandong
