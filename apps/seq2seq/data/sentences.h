// Running text into sentences, and long sentences into pieces. Both take what clean_text() gives: valid UTF-8
// in normal form C, single spaces, and of the marks that end sentences only . ! ?
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace favras::seq2seq {

// The sentences in order, views into the text without spaces at their ends. Dashes between sentences belong
// to none, and neither do labels of lists: "2.", "(a)", "IV.". A full stop ends no sentence after an initial
// or a common English abbreviation, within a number or name, or where a lower-case letter follows. Text
// without a mark is one sentence; empty text has none.
std::vector<std::string_view> split_sentences(std::string_view text);

// Pieces of at most maximum_length characters, views into the sentence without spaces and lone dashes at
// their ends. Each is cut behind the last clause mark (, ; : ! ? ... or a dash, before a space) in its last
// three fifths, else at its last space. A single word that is longer stays whole. maximum_length > 0.
std::vector<std::string_view> cut_sentence(std::string_view sentence, std::size_t maximum_length);

}  // namespace favras::seq2seq
