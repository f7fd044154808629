// The files that are read, their names on every machine, and their groups.
#include "apps/seq2seq/data/inputs.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/data/data_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

struct Corpus : TemporaryDirectory {
  Corpus() {
    for (const char* folder : {"books", "books/two", "books/.hidden", "books/prepared", "letters"})
      fs::create_directory(*this / folder);
    for (const char* file : {"books/b.txt", "books/a.txt", "books/c.txt", "books/two/a.txt",
                             "books/two/notes.tsv", "books/.hidden/a.txt", "books/.b.txt",
                             "books/prepared/train.txt", "books/prepared/data.json", "letters/c.old.txt"}) {
      write(file, "some text\n");
    }
  }
  // Runs `list`, and says what is in the given member of all.
  Names list(const std::vector<fs::path>& names, const std::string& group_by,
             std::string InputFile::*member) const {
    Names members;
    for (const InputFile& file : list_inputs(names, group_by)) members.push_back(file.*member);
    return members;
  }
  std::string refusal(const fs::path& name) const {
    return message_of([&] { list_inputs({name}, "content"); });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_directory_stands_for_the_text_files_below_it, Corpus) {
  const auto files = list_inputs({*this / "letters/c.old.txt", *this / "books"}, "content");
  BOOST_REQUIRE_EQUAL(files.size(), 5u);
  BOOST_CHECK((list({*this / "letters/c.old.txt", *this / "books"}, "content", &InputFile::name) ==
               Names{"c.old.txt", "a.txt", "b.txt", "c.txt", "two/a.txt"}));
  BOOST_CHECK_EQUAL(files[4].path, *this / "books/two/a.txt");
  BOOST_CHECK_EQUAL(files[4].bytes, 10u);
  BOOST_CHECK((list({*this / "books/"}, "content", &InputFile::name) ==
               Names{"a.txt", "b.txt", "c.txt", "two/a.txt"}));
}

BOOST_FIXTURE_TEST_CASE(groups_are_names_of_files_or_folders, Corpus) {
  const std::vector<fs::path> all{*this / "books", *this / "letters/c.old.txt"};
  BOOST_CHECK((list(all, "content", &InputFile::group) == Names{"", "", "", "", ""}));
  BOOST_CHECK((list(all, "file", &InputFile::group) == Names{"a", "b", "c", "a", "c.old"}));
  BOOST_CHECK((list(all, "folder", &InputFile::group) == Names{"books", "books", "books", "two", "letters"}));
  BOOST_CHECK((list({*this / "letters/../books/./a.txt"}, "folder", &InputFile::group) == Names{"books"}));
}

BOOST_FIXTURE_TEST_CASE(a_folder_is_named_from_within, Corpus) {
  const fs::path before = fs::current_path();
  fs::current_path(*this / "letters");
  const Names groups = list({"c.old.txt"}, "folder", &InputFile::group);
  fs::current_path(before);
  BOOST_CHECK((groups == Names{"letters"}));
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_read_is_named, Corpus) {
  const fs::path pipe = *this / "pipe";
  BOOST_REQUIRE_EQUAL(mkfifo(pipe.c_str(), 0600), 0);
  BOOST_CHECK(contains(refusal(pipe), "pipe: is neither a regular file nor a directory"));
  BOOST_CHECK(contains(refusal(*this / "none.txt"), "none.txt': No such file or directory"));
  BOOST_CHECK(contains(refusal(*this / "books/.hidden/.."), "") && !refusal(*this / "none").empty());
  fs::create_directory(*this / "empty");
  BOOST_CHECK(contains(refusal(*this / "empty"), "empty: has no .txt file in it; name the files"));
  fs::create_symlink(*this / "gone.txt", *this / "letters/link.txt");
  BOOST_CHECK(contains(refusal(*this / "letters"), "link.txt': No such file or directory"));
}
