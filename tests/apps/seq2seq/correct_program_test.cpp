// The command correct on a model that has learned next to nothing: what it keeps of lines, and what it
// refuses.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/apps/seq2seq/program.h"

namespace favras::test {

namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

struct Place : TrainingPlace {
  Place() {
    std::string text;
    for (int i = 0; i < 300; ++i)
      text += fmt::format("the {} cat sat on {} mats\n", std::string(1 + i % 9, 'a' + i % 26), i);
    write_all(*this / "text.txt", text);
    const Ended ended = run_seq2seq({"prepare", at("text.txt"), "--output", at("text"), "--threads", "1"});
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    run_whole("run", {{"data", at("text")}, {"epochs", "1"}});
  }

  Ended correct(const Words& more, const std::string& input = "") const {
    Words words{"correct", "--run", at("run"), "--threads", "1"};
    words.insert(words.end(), more.begin(), more.end());
    return run_seq2seq(words, input);
  }
  std::string output(const Words& more, const std::string& input) const {
    const Ended ended = correct(more, input);
    BOOST_TEST(ended.status == 0, ended.err);
    BOOST_TEST(ended.err == "");
    return ended.out;
  }
  // By the shell, for what is done with its output; gives its status and standard error.
  Ended in_shell(const std::string& command) const {
    const std::string program = fmt::format("{} correct --run {} --threads 1", FAVRAS_PROGRAM, at("run"));
    const std::string all = fmt::format(fmt::runtime(command), program);
    const int status = std::system(("(" + all + ") 2> " + at("err")).c_str());
    return {WEXITSTATUS(status), "", read_all(*this / "err")};
  }
};

const std::string kLines = "the cat\n\n  teh cat\t\r\n\xe7\x8c\xab\nno end";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(correct_program, Place)

BOOST_AUTO_TEST_CASE(lines_keep_their_number_ends_and_blanks) {
  const std::string corrected = output({}, kLines);
  BOOST_TEST(corrected != kLines);  // it has learned next to nothing
  BOOST_TEST(std::count(corrected.begin(), corrected.end(), '\n') == 4);
  BOOST_TEST(contains(corrected, "\n\n  "));
  BOOST_TEST(contains(corrected, "\t\r\n\xe7\x8c\xab\n"));
  BOOST_TEST(!corrected.ends_with('\n'));
  BOOST_TEST(output({}, "") == "");

  write_all(*this / "lines.txt", kLines);
  BOOST_TEST(output({at("lines.txt")}, "") == corrected);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_as_text_stays) {
  const std::string bytes = std::string("\0 \0", 3) + "\xff\xfe\n\x80\n";
  const Ended ended = correct({}, bytes);
  BOOST_TEST(ended.status == 0);
  BOOST_TEST((ended.out == bytes));
  BOOST_TEST(ended.err ==
             "warning: line 1 is not valid UTF-8 (byte 4); it and any others like it stay as they are\n");
}

BOOST_AUTO_TEST_CASE(the_defaults_are_greedy_and_change_what_the_model_would) {
  BOOST_TEST(output({"--beam", "1", "--keep-unless", "0"}, kLines) == output({}, kLines));
  BOOST_TEST(output({"--beam", "64"}, kLines) != output({}, kLines));
  BOOST_TEST(output({"--keep-unless", "1"}, kLines) == kLines);
}

BOOST_AUTO_TEST_CASE(a_very_long_line_comes_through_whole) {
  std::string line;
  while (line.size() < 100'000) line += "the cat sat on a mat and ";
  line += std::string(20'000, 'x') + " the end";
  BOOST_TEST((output({"--keep-unless", "1"}, line) == line));
  const std::string corrected = output({}, line + "\n");
  BOOST_TEST(std::count(corrected.begin(), corrected.end(), '\n') == 1);
  BOOST_TEST(contains(corrected, " " + std::string(20'000, 'x') + " "));
}

BOOST_AUTO_TEST_CASE(differences_are_of_changed_lines_under_their_numbers) {
  const std::string corrected = output({}, "the cat\n"), shown = output({"--diff"}, "\n\nthe cat\n");
  BOOST_TEST(shown.starts_with("3 - the cat\n    "), shown);
  BOOST_TEST(shown.ends_with("\n3 + " + corrected), shown);
  BOOST_TEST(std::count(shown.begin(), shown.end(), '\n') == 3);
  BOOST_TEST(!contains(shown, "\x1b"), "colours where there is no terminal");
  BOOST_TEST(output({"--diff", "--keep-unless", "1"}, kLines) == "");
}

// Rows of number, probability and text.
BOOST_AUTO_TEST_CASE(confidence_stands_before_each_line) {
  write_all(*this / "lines.txt", kLines);
  std::string texts = output({}, kLines), rows = output({"--confidence", at("lines.txt")}, "");
  texts.erase(std::remove(texts.begin(), texts.end(), '\r'), texts.end());
  std::istringstream lines(texts), all(rows);
  std::size_t number = 0;
  for (std::string line, row; std::getline(lines, line); ++number) {
    BOOST_TEST_REQUIRE(!!std::getline(all, row));
    const std::size_t text = row.find('\t', row.find('\t') + 1) + 1;
    BOOST_TEST(row.substr(text) == line);
    BOOST_TEST(std::stoul(row) == number + 1);
    const double probability = std::stod(row.substr(row.find('\t') + 1));
    BOOST_TEST((0.0 <= probability && probability <= 1.0));
    BOOST_TEST((probability < 1.0) == (number % 2 == 0), row);  // of the others it reads nothing
  }
  BOOST_TEST(number == 5u);
  BOOST_TEST(rows.ends_with("\n"));
  BOOST_TEST(output({"--n-best", "1"}, kLines) == rows);
}

BOOST_AUTO_TEST_CASE(the_best_outputs_are_different_and_begin_with_the_best) {
  const std::string rows = output({"--beam", "8", "--n-best", "5"}, "the cat\n\n"),
                    best = output({"--beam", "8"}, "the cat\n");
  std::istringstream all(rows);
  std::set<std::string> texts;
  for (std::string row; std::getline(all, row);) {
    if (row.starts_with("2")) {
      BOOST_TEST(row == "2\t1\t");
      continue;
    }
    BOOST_TEST(row.starts_with("1\t"));
    const std::string text = row.substr(row.find('\t', 2) + 1);
    BOOST_TEST((!texts.empty() || text + "\n" == best));
    BOOST_TEST(texts.insert(text).second, row);
  }
  BOOST_TEST(texts.size() > 1u);
  BOOST_TEST(texts.size() <= 5u);
}

BOOST_AUTO_TEST_CASE(differences_have_the_confidence_of_each_change) {
  const std::string plain = output({"--diff"}, "the cat\n"),
                    shown = output({"--diff", "--confidence"}, "the cat\n");
  BOOST_TEST(shown.starts_with(plain + "1 ? \""), shown);
  BOOST_TEST(contains(shown, "\" -> \""));
  BOOST_TEST(std::count(shown.begin(), shown.end(), '\n') == 4);
  BOOST_TEST(output({"--diff", "--confidence", "--keep-unless", "1"}, kLines) == "");
}

BOOST_AUTO_TEST_CASE(what_the_model_looks_at_is_drawn) {
  run_whole("attentive", {{"data", at("text")}, {"epochs", "1"}, {"architecture", "attention"}});
  const auto attentive = [&](const Words& more, const std::string& input) {
    Words words{"correct", "--run", at("attentive"), "--threads", "1"};
    words.insert(words.end(), more.begin(), more.end());
    return run_seq2seq(words, input);
  };
  const Ended drawn = attentive({"--attention", at("x.svg")}, " the cat\r\n");
  BOOST_TEST(drawn.status == 0, drawn.err);
  BOOST_TEST(drawn.out == attentive({}, " the cat\r\n").out);
  const std::string svg = read_all(*this / "x.svg");
  BOOST_TEST(contains(svg, "<title>Attention: read: the cat, written: "));
  const int xml = std::system(
      fmt::format("python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' {}", at("x.svg"))
          .c_str());
  BOOST_TEST(xml == 0);

  const auto refused = [&](const std::string& input, int status, const std::string& message) {
    const Ended ended = attentive({"--attention", at("x.svg")}, input);
    BOOST_TEST(ended.status == status);
    BOOST_TEST(ended.out == "");
    BOOST_TEST(contains(ended.err, message), ended.err);
    BOOST_TEST(read_all(*this / "x.svg") == svg, "something has changed");
  };
  refused("", 2, "--attention draws a line: standard input has none");
  refused("the cat\nthe dog\n", 2, "--attention draws a single line: standard input has more");
  refused(std::string(30, 'a') + " " + std::string(30, 'b'), 1,
          "--attention: the line has 61 characters, and the model reads 60 at a time: shorten it");
  refused("the \xe7\x8c\xab cat", 1, "--attention: the model reads the line in 2 pieces");
  refused("\xe7\x8c\xab", 1, "--attention: there is nothing in the line that the model reads");
  refused("the \xff", 1, "--attention: the line is not valid UTF-8");
  refused(std::string(20'000, 'a'), 1, "--attention: the line is longer than 16384 bytes: shorten it");

  check_refused(path(), {"correct", "--run", at("attentive"), "--attention", at("x.png")}, 2,
                fmt::format("--attention {}: must end in .svg", at("x.png")));
  write_all(*this / "line.txt", "the cat\n");
  check_refused(path(), {"correct", "--run", at("run"), "--attention", at("x.svg"), at("line.txt")}, 1,
                fmt::format("--attention: the model in {} has no attention; train --architecture attention "
                            "makes one that has",
                            at("run/best.safetensors")));
}

// Whatever a model that may read them makes of the words around them.
BOOST_AUTO_TEST_CASE(characters_that_the_model_does_not_know_come_through) {
  run_whole("copying",
            {{"data", at("text")}, {"epochs", "1"}, {"architecture", "attention"}, {"unknown-share", "0.1"}});
  const auto copying = [&](const Words& more, const std::string& input) {
    Words words{"correct", "--run", at("copying"), "--threads", "1"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = run_seq2seq(words, input);
    BOOST_TEST(ended.status == 0, ended.err);
    return ended.out;
  };
  const std::string line = "the c\u00e4t s\u00e1t, \u732b on m\u00e4ts\n";
  for (const Words& options : {Words{}, Words{"--beam", "4"}}) {
    std::string unknown;
    for (const char byte : copying(options, line))
      if (byte & 0x80) unknown += byte;
    BOOST_TEST(unknown == "\u00e4\u00e1\u732b\u00e4");
  }
  copying({"--attention", at("x.svg")}, "the c\u00e4t s\u00e1t\n");
  BOOST_TEST(contains(read_all(*this / "x.svg"), "read: the c\u00e4t s\u00e1t,"));  // as one piece
  const Ended without = correct({"--confidence"}, "c\u00e4t\n");  // another model: reads nothing of it
  BOOST_TEST(without.out == "1\t1\tc\u00e4t\n");
  BOOST_TEST(!copying({"--confidence"}, "c\u00e4t\n").starts_with("1\t1\t"));
}

BOOST_AUTO_TEST_CASE(a_file_is_written_whole_or_not_at_all) {
  write_all(*this / "lines.txt", kLines);
  BOOST_TEST(output({"--output", at("new.txt"), at("lines.txt")}, "") == "");
  BOOST_TEST(read_all(*this / "new.txt") == output({}, kLines));
  // In the place of its own input.
  BOOST_TEST(output({"--output", at("lines.txt"), at("lines.txt")}, "") == "");
  BOOST_TEST(read_all(*this / "lines.txt") == output({}, kLines));

  write_all(*this / "old.txt", "old\n");
  check_refused(path(), {"correct", "--run", at("run"), "--output", at("old.txt"), at("text")}, 1,
                fmt::format("cannot read {}: Is a directory", at("text")));
  check_refused(path(), {"correct", "--run", at("run"), "--output", at("none/new.txt")}, 1,
                fmt::format("open '{}': No such file or directory", at("none")));
  for (const std::string& name : {at("text"), std::string("/dev/null")})
    check_refused(path(), {"correct", "--run", at("run"), "--output", name}, 2,
                  fmt::format("--output {}: is no file; leave the option out and redirect", name));
}

BOOST_AUTO_TEST_CASE(a_file_keeps_its_permissions_and_its_neighbours) {
  write_all(*this / "lines.txt", kLines);
  write_all(*this / "lines.txt.tmp", "mine");
  fs::permissions(*this / "lines.txt", fs::perms::owner_read | fs::perms::owner_write);
  output({"--output", at("lines.txt"), at("lines.txt")}, "");
  BOOST_TEST(
      (fs::status(*this / "lines.txt").permissions() == (fs::perms::owner_read | fs::perms::owner_write)));
  BOOST_TEST(read_all(*this / "lines.txt.tmp") == "mine");
}

// Killed while it waits for more input, with its output begun.
BOOST_AUTO_TEST_CASE(an_interruption_leaves_all_as_it_was) {
  write_all(*this / "old.txt", "old\n");
  const auto before = content_of(path());
  std::array<int, 2> pipe{};
  BOOST_TEST_REQUIRE(::pipe(pipe.data()) == 0);
  Program program({"correct", "--run", at("run"), "--threads", "1", "--output", at("old.txt")}, "",
                  Program::User::kSame, [&] { ::dup2(pipe[0], STDIN_FILENO); });
  const auto has_output = [&] {
    for (const auto& entry : fs::directory_iterator(fmt::format("/proc/{}/fd", program.id()))) {
      std::error_code gone;
      const std::string target = fs::read_symlink(entry, gone).string();
      if (target.starts_with(path().string() + "/#") || target.starts_with(at(".seq2seq-"))) return true;
    }
    return false;
  };
  while (!has_output()) ::usleep(1000);
  BOOST_TEST(program.finish_after(SIGTERM).status == -SIGTERM);
  ::close(pipe[0]);
  ::close(pipe[1]);
  BOOST_TEST((content_of(path()) == before));
}

BOOST_AUTO_TEST_CASE(options_and_files_that_will_not_do) {
  const auto refused = [&](const Words& more, int status, const std::string& message) {
    Words words{"correct", "--run", at("run")};
    words.insert(words.end(), more.begin(), more.end());
    check_refused(path(), words, status, message);
  };
  for (const std::string beam : {"0", "-1", "65"})
    refused({"--beam", beam}, 2, fmt::format("--beam {}: must be from 1 to 64", beam));
  refused({"--beam", "two"}, 2, "--beam 'two': expected a whole number");
  for (const std::string probability : {"2", "-0.1"})
    refused({"--keep-unless", probability}, 2,
            fmt::format("--keep-unless {}: must be from 0 to 1", probability));
  refused({"--keep-unless", "nan"}, 2, "--keep-unless 'nan': expected a finite number");
  refused({"--beam", "4", "--n-best", "5"}, 2,
          "--n-best 5: there are no more outputs than are followed: add --beam 5, or more");
  refused({"--n-best", "0"}, 2, "--n-best 0: must be 1 at least");
  refused({"--n-best", "65"}, 2, "--n-best 65: must be from 1 to 64");
  refused({"--n-best", "1", "--diff"}, 2, "--n-best and --diff: use one of the two");
  refused({at("none.txt")}, 1, fmt::format("cannot read {}: No such file or directory", at("none.txt")));
  refused({at("text")}, 1, fmt::format("cannot read {}: Is a directory", at("text")));
  refused({"a", "b"}, 2, "correct takes one FILE at most");
}

BOOST_AUTO_TEST_CASE(an_output_that_takes_nothing_more) {
  const Ended full = in_shell("echo the cat | {} > /dev/full");
  BOOST_TEST(full.status == 1);
  BOOST_TEST(full.err == "seq2seq correct: cannot write the corrected lines: No space left on device\n");
  // A reader that leaves is no reason to complain.
  write_all(*this / "lines.txt", kLines);
  const Ended closed = in_shell("trap '' PIPE; (sleep 0.2; {} " + at("lines.txt") + "; echo $? > " +
                                at("status") + ") | true");
  BOOST_TEST(closed.err == "");
  BOOST_TEST(read_all(*this / "status") == "1\n");
}

// A line of a model for pairs is read whole, as one stretch of words.
BOOST_AUTO_TEST_CASE(models_for_pairs_have_the_options) {
  run_whole("sorting");
  const auto sorted = [&](const Words& more) {
    Words words{"correct", "--run", at("sorting"), "--threads", "1"};
    words.insert(words.end(), more.begin(), more.end());
    return run_seq2seq(words, "fedcba\n").out;
  };
  BOOST_TEST(sorted({}) != "fedcba\n");
  BOOST_TEST(sorted({"--keep-unless", "1"}) == "fedcba\n");
  BOOST_TEST(sorted({"--beam", "8"}).size() > 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
