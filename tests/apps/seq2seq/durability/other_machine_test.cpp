// Three epochs on one machine; the run goes to another, without the data; there the data is prepared again,
// from the same text under other paths and in another order, and the fourth epoch follows as if nothing had
// been moved.
#include <chrono>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/apps/seq2seq/durability/long_run.h"

namespace favras::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

BOOST_TEST_GLOBAL_FIXTURE(InMemory);

// Sentences of three books, no two alike.
std::string book(int number) {
  constexpr std::array kWho{"the miller", "a young doctor", "her brother", "the old sailor", "nobody"};
  constexpr std::array kDid{"wrote about", "never forgot", "walked past", "sold", "looked for"};
  constexpr std::array kWhat{"the harbour", "a grey horse", "seven letters", "the last train", "some bread"};
  std::string text;
  for (int i = 0; i < 500; ++i)
    text += fmt::format("{} {} {} in {}\n", kWho.at(i % 5), kDid.at(i / 5 % 5), kWhat.at(i / 25 % 5),
                        1000 * (number + 1) + i);
  return text;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::vector<std::string> lines;
  std::istringstream text(read_all(path));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

struct Machines : ScratchDirectory {
  Machines() {
    for (const char* machine : {"a", "b", "b/mirror"}) fs::create_directories(*this / machine);
    for (int i = 0; i < 3; ++i) {
      write_all(*this / "a" / fmt::format("book-{}.txt", i), book(i));
      write_all(*this / "b/mirror" / fmt::format("volume-{}.txt", 9 - i), book(i));
    }
    prepare("a/cache", {at("a/book-0.txt"), at("a/book-1.txt"), at("a/book-2.txt")}, "1");
    train("a/run", "a/cache", "3");
  }
  std::string at(std::string_view name) const { return (*this / name).string(); }

  void prepare(const std::string& data, Words sources, const std::string& threads) const {
    Words words{"prepare", "--output", at(data), "--threads", threads};
    words.insert(words.end(), sources.begin(), sources.end());
    const Ended ended = run_seq2seq(words);
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
  }
  // As on a machine that has nothing but the run directory and the text.
  void move_to_b() const {
    fs::rename(*this / "a/run", *this / "b/run");
    fs::remove_all(*this / "a");
    prepare("b/cache",
            {at("b/mirror/volume-8.txt"), at("b/mirror/volume-7.txt"), at("b/mirror/volume-9.txt")}, "2");
  }

  void train(const std::string& run, const std::string& data, const std::string& epochs,
             const std::string& threads = "1") const {
    const Ended ended = run_seq2seq({"train",  "--data",
                                     at(data), "--run",
                                     at(run),  "--epochs",
                                     epochs,   "--threads",
                                     threads,  "--rnn-size",
                                     "16",     "--encoding-embedding-size",
                                     "8",      "--decoding-embedding-size",
                                     "8",      "--batch-size",
                                     "32",     "--learning-rate",
                                     "0.01",   "--log-every",
                                     "10"});
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
  }

  std::vector<json::object> progress(const std::string& run) const {
    std::vector<json::object> events;
    for (const std::string& line : lines_of(*this / run / "events.jsonl"))
      if (json::object event = json::parse(line).as_object(); event.at("event").as_string() == "progress")
        events.push_back(std::move(event));
    return events;
  }
};

double number(const json::object& event, const char* key) { return event.at(key).to_number<double>(); }

// The last report of the third epoch and the first of the fourth.
std::pair<json::object, json::object> around_the_move(const std::vector<json::object>& progress) {
  for (std::size_t i = 1; i < progress.size(); ++i)
    if (progress[i].at("epoch").to_number<int>() == 4) return {progress[i - 1], progress[i]};
  throw std::runtime_error("no fourth epoch");
}

BOOST_FIXTURE_TEST_CASE(no_line_changes_sides_when_the_data_is_prepared_elsewhere, Machines) {
  const std::vector<std::string> a = lines_of(*this / "a/cache/validation.txt"),
                                 a_train = lines_of(*this / "a/cache/train.txt");
  move_to_b();
  BOOST_TEST((lines_of(*this / "b/cache/validation.txt") == a));
  const std::vector<std::string> b_train = lines_of(*this / "b/cache/train.txt");
  BOOST_TEST((b_train == a_train));
  BOOST_TEST(a.size() > 100U);
  BOOST_TEST(b_train.size() > 1000U);
  std::set<std::string> trained_on(a_train.begin(), a_train.end());
  trained_on.insert(b_train.begin(), b_train.end());
  for (const std::string& line : a) BOOST_TEST(!trained_on.contains(line), line);
}

BOOST_FIXTURE_TEST_CASE(the_fourth_epoch_elsewhere_is_the_fourth_epoch_here, Machines) {
  fs::copy(*this / "a/run", *this / "a/stayed", fs::copy_options::recursive);
  train("a/stayed", "a/cache", "4");
  fs::rename(*this / "a/stayed", *this / "stayed");
  const std::size_t lines = lines_of(*this / "a/cache/train.txt").size();
  const double seconds_before = number(progress("a/run").back(), "seconds");
  move_to_b();
  const auto started = std::chrono::steady_clock::now();
  train("b/run", "b/cache", "4");
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  check_same(*this / "b/run", *this / "stayed");

  // Time and lines go on from what they were.
  const auto all = progress("b/run");
  const auto [last, first] = around_the_move(all);
  BOOST_TEST(number(last, "lines_seen") == static_cast<double>(3 * lines));
  BOOST_TEST(number(all.back(), "lines_seen") == static_cast<double>(4 * lines));
  BOOST_TEST(
      contains(read_all(*this / "b/run/log.txt"), fmt::format("Inputs (000) {:>7} - ", 4 * lines / 1000)));
  BOOST_TEST(number(last, "seconds") == seconds_before);
  for (std::size_t i = 1; i < all.size(); ++i)
    BOOST_TEST(number(all[i], "seconds") > number(all[i - 1], "seconds"));
  BOOST_TEST(number(all.back(), "seconds") < seconds_before + took + 1.0);

  // And so does the loss: it falls less in ten batches than it varies, and does not jump.
  const double before = number(last, "validation_loss"), after = number(first, "validation_loss");
  BOOST_TEST_MESSAGE(
      fmt::format("validation loss {:.4f} before the move, {:.4f} ten batches after it", before, after));
  BOOST_TEST(after < 1.05 * before);
  BOOST_TEST(after > 0.8 * before);
}

BOOST_FIXTURE_TEST_CASE(with_other_threads_it_comes_to_nearly_the_same, Machines) {
  fs::copy(*this / "a/run", *this / "stayed", fs::copy_options::recursive);
  train("stayed", "a/cache", "4");
  move_to_b();
  train("b/run", "b/cache", "4", "2");
  const double here = number(progress("stayed").back(), "validation_loss"),
               there = number(progress("b/run").back(), "validation_loss");
  BOOST_TEST_MESSAGE("validation loss with other threads: relative difference " << there / here - 1);
  BOOST_TEST(there == here, boost::test_tools::tolerance(1e-5));
}

}  // namespace
}  // namespace favras::test
