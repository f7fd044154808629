// What the mails of a training say: pure functions of its events and its log.
#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "apps/seq2seq/plot/figure.h"
#include "apps/seq2seq/training/train_options.h"

namespace favras::seq2seq {

// What a mail is written from.
struct MailStory {
  TrainOptions options;
  std::string run;  // its name: the last part of its directory
  std::string host;
  std::string thread;  // the name that all its mails share
  std::string log;     // lines of log.txt since the last epoch's end, this one's included
  std::vector<boost::json::object> epochs;      // events of that kind so far, as far as they are known
  boost::json::object progress;                 // the last event of that kind; empty if there was none
  std::vector<plot::Point> losses;              // on validation lines, over the lines seen
  std::int64_t epochs_in_all = 0, batches = 0;  // batches: of an epoch
};

struct MailText {
  std::string subject, text, html;
  std::string picture;  // the validation loss so far, a PNG; "" where there is none yet
};

// Of an event of events.jsonl, or of "failed" {reason}, "stalled" {seconds} and "digest" {seconds}. The text
// of an epoch's mail is the original's report: the header and the epoch's lines of log.txt.
MailText write_mail(const boost::json::object& event, const MailStory& story);

// "2h03m", from the time trained so far and the steps that are left; "" where that is not known.
std::string time_left(const MailStory& story);

}  // namespace favras::seq2seq
