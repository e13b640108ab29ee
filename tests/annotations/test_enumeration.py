from annotations.enumeration import annotate_enumeration
from tests.annotations.spoken import spoken


def found(text: str) -> list[str]:
    return [relation.connective for relation in annotate_enumeration(spoken(text))]


def test_every_item_behind_the_first_is_a_conjunction():
    words = spoken("first we cut the grass second we planted a tree third we built a fence")

    second, third = annotate_enumeration(words)

    assert (second.connective, third.connective) == ("second", "third")
    assert second.sense == "Expansion.Conjunction"
    assert second.tokens == (5,)
    assert second.connective_interval == words[5].interval
    assert (second.arg1, second.arg2) == ("we cut the grass", "we planted a tree")


def test_ordinals_inside_a_phrase_are_no_items():
    assert found("first we saw the second tree and then a third tree fell") == []


def test_a_lone_second_is_no_list():
    assert found("give me a moment second we must go") == []


def test_a_mark_behind_the_ordinal_opens_an_item():
    assert found("first, cut the grass. secondly, plant a tree.") == ["secondly"]


def test_lists_start_anew_at_first():
    text = "first we ate second we slept first you go second you stay third you rest"

    assert found(text) == ["second", "second", "third"]


def test_words_of_other_connectives_are_left_alone():
    words = spoken("first we ate second we slept")

    assert annotate_enumeration(words, taken=frozenset({3})) == ()
