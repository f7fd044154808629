// The log in the original's format, to the letter, and how both logs are cut back for a resumed run.
#include "apps/seq2seq/training/run_log.h"

#include <filesystem>
#include <regex>
#include <string>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

using test::read_all;
using test::ScratchDirectory;
using test::write_all;

struct Run : ScratchDirectory {
  RunDirectory directory{path()};
  std::string log() const { return read_all(directory.log()); }
  std::string events() const { return read_all(directory.events()); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(format)

BOOST_AUTO_TEST_CASE(header) {
  BOOST_TEST(format_header(TrainOptions{}) ==
             "Batch size: 128\n"
             "RNN size  : 512\n"
             "Num layers: 2\n"
             "Enc. size : 512\n"
             "Dec. size : 512\n"
             "Keep prob.: 0.7\n"
             "Learn rate: 0.001\n");
}

BOOST_AUTO_TEST_CASE(header_of_the_sorting_task) {
  TrainOptions options = default_options("sort");
  options.keep_probability = 1;
  options.learning_rate = 0.0005;
  options.decoding_embedding_size = 16;
  BOOST_TEST(format_header(options) ==
             "Batch size: 128\n"
             "RNN size  : 50\n"
             "Num layers: 2\n"
             "Enc. size : 15\n"
             "Dec. size : 16\n"
             "Keep prob.: 1\n"
             "Learn rate: 0.0005\n");
}

BOOST_AUTO_TEST_CASE(batches) {
  BOOST_TEST(format_batches({.filled = 984, .needed = 1000, .laid_out = 1000}, 0.0004) ==
             "Padding was 1.6% of the last epoch's cells; 0.0% of its time went into waiting for batches.");
  BOOST_TEST(
      format_batches({.filled = 984, .needed = 1000, .laid_out = 1050}, 0.25) ==
      "Padding was 1.6% of the last epoch's cells (6.3% with what lengths are rounded up by); 25.0% of "
      "its time went into waiting for batches.");
}

BOOST_AUTO_TEST_CASE(progress) {
  BOOST_TEST(format_progress(3, 4, 100, 32453, (2 * 32453 + 100) * 128, 0.053, 0.037) ==
             "Epoch   3/4 Batch    100/32453 Inputs (000)    8320 - Loss:  0.053 - Validation loss:  0.037");
  BOOST_TEST(format_progress(3, 4, 32453, 32453, 3 * 32453 * 128, 0.041, 0.035) ==
             "Epoch   3/4 Batch  32453/32453 Inputs (000)   12461 - Loss:  0.041 - Validation loss:  0.035");
}

BOOST_AUTO_TEST_CASE(progress_of_small_and_of_large_numbers) {
  BOOST_TEST(format_progress(1, 60, 1, 79, 128, 3.2958, 12.5) ==
             "Epoch   1/60 Batch      1/79 Inputs (000)       0 - Loss:  3.296 - Validation loss: 12.500");
  BOOST_TEST(format_progress(1000, 1000, 1234567, 1234567, 99'999'999'999, 0, 123.4567) ==
             "Epoch 1000/1000 Batch 1234567/1234567 Inputs (000) 99999999 - Loss:  0.000 - Validation loss: "
             "123.457");
}

BOOST_AUTO_TEST_CASE(time_and_accuracy) {
  BOOST_TEST(format_saved(21 * 3600 + 2 * 60 + 48) == "\nModel training for 21h:2m:48s and saved.");
  BOOST_TEST(format_saved(0.99) == "\nModel training for 0h:0m:0s and saved.");
  BOOST_TEST(format_saved(100 * 3600 - 0.5) == "\nModel training for 99h:59m:59s and saved.");
  BOOST_TEST(format_accuracy(0.704) == "Current accuracy = 70.4%\n");
  BOOST_TEST(format_accuracy(1) == "Current accuracy = 100.0%\n");
  BOOST_TEST(format_accuracy(0) == "Current accuracy = 0.0%\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(files, Run)

BOOST_AUTO_TEST_CASE(a_new_run_starts_with_empty_logs) {
  write_all(directory.log(), "old");
  write_all(directory.events(), "old");
  RunLog run_log(directory, 0, 0);
  BOOST_TEST(log() == "");
  BOOST_TEST(events() == "");
  BOOST_TEST(run_log.log_bytes() == 0u);
  BOOST_TEST(run_log.events_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_written_is_there_at_once) {
  RunLog run_log(directory, 0, 0);
  run_log.line("one\n\ntwo");
  BOOST_TEST(log() == "one\n\ntwo\n");
  BOOST_TEST(run_log.log_bytes() == 9u);
  run_log.event({{"event", "epoch"}, {"step", 7}});
  BOOST_TEST(run_log.events_bytes() == events().size());
}

BOOST_AUTO_TEST_CASE(an_event_is_one_line_of_json_with_the_time) {
  RunLog run_log(directory, 0, 0);
  run_log.event({{"event", "started"}, {"text", "a\nb"}});
  const std::string line = events();
  BOOST_TEST(line.find('\n') == line.size() - 1);
  const boost::json::object event = boost::json::parse(line).as_object();
  BOOST_TEST(event.at("event") == "started");
  BOOST_TEST(event.at("text") == "a\nb");
  BOOST_TEST(std::regex_match(event.at("time").as_string().c_str(),
                              std::regex(R"(20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\dZ)")));
}

BOOST_AUTO_TEST_CASE(a_resumed_run_goes_on_where_its_checkpoint_stands) {
  write_all(directory.log(), "kept\nlost\n");
  write_all(directory.events(), "{}\n{\"lost\":");
  {
    RunLog run_log(directory, 5, 3);
    BOOST_TEST(log() == "kept\n");
    BOOST_TEST(events() == "{}\n");
    // Before anything is written, too: a run may be stopped again before its next line.
    BOOST_TEST(run_log.log_bytes() == 5u);
    BOOST_TEST(run_log.events_bytes() == 3u);
    run_log.line("new");
    BOOST_TEST(run_log.log_bytes() == 9u);
  }
  BOOST_TEST(log() == "kept\nnew\n");
}

BOOST_AUTO_TEST_CASE(nothing_is_cut_off_at_the_very_end) {
  write_all(directory.log(), "kept\n");
  write_all(directory.events(), "{}\n");
  RunLog run_log(directory, 5, 3);
  BOOST_TEST(log() == "kept\n");
  BOOST_TEST(events() == "{}\n");
}

BOOST_AUTO_TEST_CASE(a_log_that_lost_lines_goes_on_with_those_it_has) {
  write_all(directory.log(), "kept\nhal");
  {
    RunLog run_log(directory, 50, 3);
    BOOST_TEST(run_log.log_bytes() == 5u);
    BOOST_TEST(run_log.events_bytes() == 0u);
    run_log.line("new");
  }
  BOOST_TEST(log() == "kept\nnew\n");
  BOOST_TEST(events() == "");
}

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_opened_is_named) {
  std::filesystem::create_directory(directory.events());
  BOOST_TEST(test::error_of([&] { RunLog(directory, 0, 0); }) ==
             "open '" + directory.events().string() + "': Is a directory");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::seq2seq
