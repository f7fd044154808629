#include "apps/seq2seq/mail/mail_text.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/io/progress.h"
#include "apps/seq2seq/plot/markup.h"
#include "apps/seq2seq/training/run_log.h"

namespace favras::seq2seq {
namespace {

namespace json = boost::json;
using plot::escape_markup;

constexpr std::size_t kEpochsShown = 6;

std::string text_of(const json::object& event, const char* key) {
  const json::value* const value = event.if_contains(key);
  if (!value || value->is_null()) return "";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

double number_of(const json::object& event, const char* key) {
  const json::value* const value = event.if_contains(key);
  return value && value->is_number() ? value->to_number<double>() : 0.0;
}

std::string percent(double share) { return fmt::format("{:.1f}%", 100.0 * share); }

// What the mail says first: in the subject, and in a sentence.
struct Head {
  std::string subject, sentence;
};

Head head_of(const json::object& event, const MailStory& story) {
  const std::string kind = text_of(event, "event"), step = text_of(event, "step");
  const std::string reason = text_of(event, "reason");
  if (kind == "epoch") {
    const std::string left = time_left(story);
    return {fmt::format("Completed training epoch {} - Accuracy = {}{}", text_of(event, "epoch"),
                        percent(number_of(event, "accuracy")), left.empty() ? "" : " - " + left + " left"),
            fmt::format("Epoch {} of {} is complete{}: {} of {} lines come out exactly right, where doing "
                        "nothing has {}.",
                        text_of(event, "epoch"), story.epochs_in_all,
                        text_of(event, "best") == "true" ? ", the best so far" : "",
                        percent(number_of(event, "accuracy")), text_of(event, "accuracy_lines"),
                        percent(number_of(event, "do_nothing_accuracy")))};
  }
  if (kind == "started") return {"Started", fmt::format("The training has started on {}.", story.host)};
  if (kind == "resumed")
    return {fmt::format("Resumed after step {}", step),
            fmt::format("The training goes on after step {} on {}.", step, story.host)};
  if (kind == "save_failed")
    return {
        "A checkpoint could not be saved",
        fmt::format("The checkpoint of step {} could not be saved: {}. Training goes on, and saving is tried "
                    "again.",
                    step, reason)};
  if (kind == "rolled_back")
    return {
        fmt::format("Diverged, and rolled back to step {}", step),
        fmt::format("The training diverged at step {} and goes on from step {} with half the learning rate.",
                    text_of(event, "diverged_step"), step)};
  if (kind == "diverged")
    return {fmt::format("Diverged at step {}", step),
            fmt::format("The training diverged at step {}. The last checkpoint stands.", step)};
  if (kind == "interrupted")
    return {
        fmt::format("Interrupted after step {}", step),
        fmt::format("The training was interrupted ({}) after step {} and has been saved: the same command "
                    "goes on.",
                    reason, step)};
  if (kind == "finished")
    return {text_of(event, "early") == "true" ? "Finished early" : "Finished",
            fmt::format("The training is finished after {}{}.", format_duration(number_of(event, "seconds")),
                        text_of(event, "early") == "true"
                            ? ", since no epoch has been better than the best for long"
                            : "")};
  if (kind == "failed") return {"Failed", fmt::format("The training has failed: {}.", reason)};
  if (kind == "stalled")
    return {fmt::format("No news for {}", format_duration(number_of(event, "seconds"))),
            fmt::format("The training has logged nothing for {}: is it stuck?",
                        format_duration(number_of(event, "seconds")))};
  return {"Progress",
          fmt::format("What happened in the last {}.", format_duration(number_of(event, "seconds")))};
}

std::string settings_table(const MailStory& story) {
  std::string rows;
  for (const Setting& setting : settings())
    if (const std::string value = setting.get(story.options); !value.empty())
      rows += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", setting.name, escape_markup(value));
  return "<table>" + rows + "</table>\n";
}

// The last few epochs; of those that were the best so far, the last is the best of all.
std::string epochs_table(const MailStory& story) {
  if (story.epochs.empty()) return "";
  const std::size_t first = story.epochs.size() - std::min(story.epochs.size(), kEpochsShown);
  std::string rows =
      "<tr><th>epoch</th><th>exact lines</th><th>doing nothing</th><th>trained</th><th></th></tr>\n";
  const auto is_best = [](const json::object& epoch) { return text_of(epoch, "best") == "true"; };
  const auto best = std::find_if(story.epochs.rbegin(), story.epochs.rend(), is_best);
  for (std::size_t i = first; i < story.epochs.size(); ++i) {
    const json::object& epoch = story.epochs[i];
    rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                        text_of(epoch, "epoch"), percent(number_of(epoch, "accuracy")),
                        percent(number_of(epoch, "do_nothing_accuracy")),
                        format_duration(number_of(epoch, "seconds")),
                        best != story.epochs.rend() && &epoch == &*best ? "best" : "");
  }
  return "<table>" + rows + "</table>\n";
}

std::string examples_table(const json::object& event) {
  const json::value* const examples = event.if_contains("examples");
  if (!examples || !examples->is_array() || examples->get_array().empty()) return "";
  std::string rows = "<tr><th>read</th><th>written</th><th></th></tr>\n";
  for (const json::value& value : examples->get_array()) {
    const json::object& example = value.as_object();
    const bool is_right = text_of(example, "output") == text_of(example, "clean");
    rows += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                        escape_markup(text_of(example, "noisy")), escape_markup(text_of(example, "output")),
                        is_right ? "right" : "should be: " + escape_markup(text_of(example, "clean")));
  }
  return "<table>" + rows + "</table>\n";
}

std::string picture_of(const MailStory& story) {
  if (story.losses.size() < 2) return "";
  plot::Figure figure{.title = "Validation loss",
                      .note = {},
                      .x_title = "training lines seen",
                      .y_title = "validation loss",
                      .curves = {{.label = story.run, .points = story.losses}}};
  return plot::draw_png(figure);
}

constexpr char kStyle[] =
    "<style>body{font:15px sans-serif}table{border-collapse:collapse;margin:1em 0}"
    "td,th{border:1px solid #bbb;padding:2px 8px;text-align:left}</style>";

std::string html_of(const json::object& event, const MailStory& story, const Head& head, bool has_picture) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\">{}</head><body>\n"
      "<p>{}</p>\n",
      kStyle, escape_markup(head.sentence));
  if (const std::string left = time_left(story); !left.empty() && text_of(event, "event") != "finished")
    html += fmt::format("<p>About {} left.</p>\n", left);
  if (has_picture)
    html += "<p><img src=\"cid:picture\" alt=\"validation loss\" style=\"max-width:100%\"></p>\n";
  html += examples_table(event) + epochs_table(story);
  return html + "<p>Settings:</p>\n" + settings_table(story) + "</body></html>\n";
}

}  // namespace

std::string time_left(const MailStory& story) {
  const double step = number_of(story.progress, "step"), seconds = number_of(story.progress, "seconds");
  const double steps = static_cast<double>(story.epochs_in_all * story.batches);
  return step > 0.0 && steps > step ? format_duration(seconds / step * (steps - step)) : "";
}

MailText write_mail(const boost::json::object& event, const MailStory& story) {
  const Head head = head_of(event, story);
  MailText mail{.subject = fmt::format("{}: {}", story.run, head.subject),
                .text = {},
                .html = {},
                .picture = picture_of(story)};
  mail.html = html_of(event, story, head, !mail.picture.empty());
  // The original's report, to the letter; other occasions say first what they are.
  if (text_of(event, "event") != "epoch") mail.text = head.sentence + "\n\n";
  mail.text += format_header(story.options) + "\n" + story.log;
  return mail;
}

}  // namespace favras::seq2seq
