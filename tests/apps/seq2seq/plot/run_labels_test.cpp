// Labels say what differs, and no two are alike.
#include "apps/seq2seq/plot/run_labels.h"

#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace favras::seq2seq {

namespace {

using Texts = std::vector<std::string>;
const Texts kSettings{"data", "batch-size", "rnn-size", "schedule"};

RunHistory run(const std::string& path, const std::map<std::string, std::string>& settings) {
  RunHistory run;
  run.path = path;
  run.settings = settings;
  return run;
}

Texts labels(const std::vector<RunHistory>& runs) { return label_runs(runs, kSettings).labels; }

}  // namespace

BOOST_AUTO_TEST_CASE(labels_are_made_of_what_differs) {
  const std::vector<RunHistory> runs{run("a", {{"batch-size", "64"}, {"rnn-size", "50"}, {"threads", "1"}}),
                                     run("b", {{"batch-size", "128"}, {"rnn-size", "50"}, {"threads", "2"}})};
  const RunLabels result = label_runs(runs, kSettings);
  BOOST_TEST((result.labels == Texts{"batch size 64", "batch size 128"}));
  BOOST_TEST((result.names == Texts{"batch size"}));
  BOOST_TEST(!result.values_only);
  BOOST_TEST(
      (differing_settings(runs, {"threads", "rnn-size", "batch-size"}) == Texts{"threads", "batch-size"}));
}

BOOST_AUTO_TEST_CASE(many_differences_are_told_by_their_values) {
  const RunLabels result =
      label_runs({run("a", {{"batch-size", "64"}, {"rnn-size", "50"}, {"schedule", "cosine"}}),
                  run("b", {{"batch-size", "128"}, {"rnn-size", "60"}, {"schedule", "constant"}}),
                  run("c", {{"rnn-size", "60"}})},
                 kSettings);
  BOOST_TEST((result.labels == Texts{"64 / 50 / cosine", "128 / 60 / constant", "? / 60 / ?"}));
  BOOST_TEST((result.names == Texts{"batch size", "rnn size", "schedule"}));
  BOOST_TEST(result.values_only);
}

BOOST_AUTO_TEST_CASE(runs_with_more_differences_than_fit_have_their_names) {
  std::map<std::string, std::string> some, others;
  Texts names;
  for (int i = 1; i <= 8; ++i) {
    names.push_back("setting-" + std::to_string(i));
    some[names.back()] = "1";
    others[names.back()] = "2";
    const bool fits = i <= 7;
    const RunLabels result = label_runs({run("runs/a", some), run("runs/b", others)}, names);
    BOOST_TEST((result.labels == Texts{"a", "b"}) == !fits);
    BOOST_TEST(result.names.empty() == !fits);
  }
}

BOOST_AUTO_TEST_CASE(runs_without_differences_have_their_names) {
  BOOST_TEST((labels({run("runs/a", {{"batch-size", "64"}})}) == Texts{"a"}));
  BOOST_TEST((labels({run("runs/a", {{"batch-size", "64"}}), run("runs/b", {{"batch-size", "64"}})}) ==
              Texts{"a", "b"}));
  BOOST_TEST((labels({run("x/run", {{"batch-size", "64"}}), run("y/run", {{"batch-size", "64"}})}) ==
              Texts{"x/run", "y/run"}));
  // One whose settings are not known.
  BOOST_TEST((labels({run("a", {{"batch-size", "64"}}), run("b", {})}) == Texts{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(data_differ_by_their_last_part) {
  BOOST_TEST((labels({run("a", {{"data", "/x/sort"}}), run("b", {{"data", "sort"}})}) == Texts{"a", "b"}));
  BOOST_TEST((labels({run("a", {{"data", "/x/sort"}}), run("b", {{"data", "words"}})}) ==
              Texts{"data sort", "data words"}));
}

BOOST_AUTO_TEST_CASE(no_two_labels_are_alike) {
  BOOST_TEST((
      labels({run("a", {{"rnn-size", "1"}}), run("b", {{"rnn-size", "1"}}), run("c", {{"rnn-size", "2"}})}) ==
      Texts{"rnn size 1 (a)", "rnn size 1 (b)", "rnn size 2"}));
  BOOST_TEST(rc::check([] {
    std::vector<RunHistory> runs;
    for (int i = *rc::gen::inRange(1, 8); i > 0; --i)
      runs.push_back(run(*rc::gen::element<std::string>("x/run", "y/run", "x/run #2", "run"),
                         {{"rnn-size", *rc::gen::element<std::string>("1", "2", "1 (run)")}}));
    const Texts found = labels(runs);
    RC_ASSERT(found.size() == runs.size());
    RC_ASSERT(std::set(found.begin(), found.end()).size() == found.size());
  }));
}

}  // namespace favras::seq2seq
