// What the mails say.
#include "apps/seq2seq/mail/mail_text.h"

#include <string>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {
namespace {

using test::contains;
namespace json = boost::json;

const json::object kEpoch{{"event", "epoch"},
                          {"step", 97359},
                          {"epoch", 3},
                          {"accuracy", 0.7041},
                          {"do_nothing_accuracy", 0.57},
                          {"accuracy_lines", 10000},
                          {"best", true},
                          {"seconds", 75768.4},
                          {"examples",
                           {{{"noisy", "teh <b>"}, {"output", "the <b>"}, {"clean", "the <b>"}},
                            {{"noisy", "a & c"}, {"output", "a & d"}, {"clean", "a & b"}}}}};

MailStory story() {
  MailStory story;
  story.run = "english";
  story.host = "here";
  story.log =
      "Epoch   3/4 Batch  32453/32453 Inputs (000)   12461 - Loss:  0.041 - Validation loss:  0.035\n\n"
      "Model training for 21h:2m:48s and saved.\nCurrent accuracy = 70.4%\n\n";
  story.epochs = {kEpoch};
  story.progress = {{"event", "progress"}, {"step", 97359}, {"seconds", 75768.0}};
  story.epochs_in_all = 4;
  story.batches = 32453;
  return story;
}

BOOST_AUTO_TEST_CASE(an_epochs_mail_is_the_originals_to_the_letter) {
  const MailText mail = write_mail(kEpoch, story());
  BOOST_TEST(mail.subject == "english: Completed training epoch 3 - Accuracy = 70.4% - 7h00m left");
  BOOST_TEST(mail.text ==
             "Batch size: 128\n"
             "RNN size  : 512\n"
             "Num layers: 2\n"
             "Enc. size : 512\n"
             "Dec. size : 512\n"
             "Keep prob.: 0.7\n"
             "Learn rate: 0.001\n"
             "\n"
             "Epoch   3/4 Batch  32453/32453 Inputs (000)   12461 - Loss:  0.041 - Validation loss:  0.035\n"
             "\n"
             "Model training for 21h:2m:48s and saved.\n"
             "Current accuracy = 70.4%\n"
             "\n");
}

BOOST_AUTO_TEST_CASE(beside_it_stands_html) {
  const std::string html = write_mail(kEpoch, story()).html;
  BOOST_TEST(contains(html,
                      "Epoch 3 of 4 is complete, the best so far: 70.4% of 10000 lines come out exactly "
                      "right, where doing nothing has 57.0%."));
  BOOST_TEST(contains(html, "About 7h00m left."));
  BOOST_TEST(contains(html, "<tr><td>3</td><td>70.4%</td><td>57.0%</td><td>21h02m</td><td>best</td></tr>"));
  BOOST_TEST(contains(html, "<tr><td>teh &lt;b&gt;</td><td>the &lt;b&gt;</td><td>right</td></tr>"));
  BOOST_TEST(contains(html, "<tr><td>a &amp; c</td><td>a &amp; d</td><td>should be: a &amp; b</td></tr>"));
  BOOST_TEST(contains(html, "<tr><td>rnn-size</td><td>512</td></tr>"));
  BOOST_TEST(!contains(html, "<b>"));
}

BOOST_AUTO_TEST_CASE(of_many_epochs_the_last_are_shown_and_the_best_is_marked) {
  MailStory many = story();
  many.epochs.clear();
  for (int i = 1; i <= 20; ++i) {
    json::object epoch = kEpoch;
    epoch["epoch"] = i;
    epoch["best"] = i <= 17;
    many.epochs.push_back(epoch);
  }
  const std::string html = write_mail(kEpoch, many).html;
  BOOST_TEST(!contains(html, "<tr><td>14</td>"));
  BOOST_TEST(contains(html, "<tr><td>15</td><td>70.4%</td><td>57.0%</td><td>21h02m</td><td></td></tr>"));
  BOOST_TEST(contains(html, "<tr><td>17</td><td>70.4%</td><td>57.0%</td><td>21h02m</td><td>best</td></tr>"));
  BOOST_TEST(contains(html, "<tr><td>20</td>"));
}

BOOST_AUTO_TEST_CASE(every_occasion_says_what_it_is) {
  const auto check = [](json::object event, const std::string& subject, const std::string& sentence) {
    const MailText mail = write_mail(event, story());
    BOOST_TEST(mail.subject == "english: " + subject);
    BOOST_TEST(mail.text.starts_with(sentence + "\n\nBatch size: 128\n"), mail.text);
  };
  check({{"event", "started"}, {"step", 0}}, "Started", "The training has started on here.");
  check({{"event", "resumed"}, {"step", 7}}, "Resumed after step 7",
        "The training goes on after step 7 on here.");
  check(
      {{"event", "save_failed"}, {"step", 7}, {"reason", "No space left on device"}},
      "A checkpoint could not be saved",
      "The checkpoint of step 7 could not be saved: No space left on device. Training goes on, and saving is "
      "tried again.");
  check({{"event", "rolled_back"}, {"step", 5}, {"diverged_step", 8}}, "Diverged, and rolled back to step 5",
        "The training diverged at step 8 and goes on from step 5 with half the learning rate.");
  check({{"event", "diverged"}, {"step", 8}}, "Diverged at step 8",
        "The training diverged at step 8. The last checkpoint stands.");
  check({{"event", "interrupted"}, {"step", 8}, {"reason", "SIGTERM"}}, "Interrupted after step 8",
        "The training was interrupted (SIGTERM) after step 8 and has been saved: the same command goes on.");
  check({{"event", "finished"}, {"early", false}, {"seconds", 61.0}}, "Finished",
        "The training is finished after 1m01s.");
  check({{"event", "finished"}, {"early", true}, {"seconds", 61.0}}, "Finished early",
        "The training is finished after 1m01s, since no epoch has been better than the best for long.");
  check({{"event", "failed"}, {"reason", "out of memory"}}, "Failed",
        "The training has failed: out of memory.");
  check({{"event", "stalled"}, {"seconds", 1800}}, "No news for 30m00s",
        "The training has logged nothing for 30m00s: is it stuck?");
  check({{"event", "digest"}, {"seconds", 7200}}, "Progress", "What happened in the last 2h00m.");
}

BOOST_AUTO_TEST_CASE(time_left_where_it_is_known) {
  MailStory known = story();
  BOOST_TEST(time_left(known) == "7h00m");
  known.epochs_in_all = 3;
  BOOST_TEST(time_left(known) == "");
  known.epochs_in_all = 4;
  known.progress.clear();
  BOOST_TEST(time_left(known) == "");
}

}  // namespace
}  // namespace favras::seq2seq
