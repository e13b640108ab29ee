"""The sentences of the demo corpus: every sense with its common connectives, every gesture word.

Senses follow the PDTB 3.0 hierarchy. Some connectives come with several senses, and some words
come both as connective and as something else, on purpose.
"""

from indexing.demo.script import Pattern

_RELATIONS: dict[str, tuple[str, ...]] = {
    "Comparison.Contrast": (
        "on the one hand@item_right, {thing} was {good}^@item_right, [on_the_other_hand]@item_left,"
        " {thing} was {bad}^^@item_left",
        "on_the_one_hand@item_right, i {did} . [on_the_other_hand]@item_left, {person} {did}^^",
        "{thing} was {good}^@item_right, [whereas]@transit {thing} was {bad}^^@item_left",
        "{person} {did}^@item_right, [whereas]@transit {person} {did}^^@item_left",
        "{thing} is {good}^@item_right, [while]@transit {thing} is {bad}^^@item_left",
        "{thing} is {good}^@item_right . [by_contrast]@transit, {thing} is {bad}^@item_left",
    ),
    "Comparison.Concession.Arg2-as-denier": (
        "{thing} was {bad}^, [but]@shrug_up {person} {did}^^@firm",
        "{thing} looked {bad}^, [but]@shrug_up it was {good}^^@firm",
        "{person} {did} . [however]@shrug_up, {thing} was {bad}^^@firm",
        "it was {good} {place} . [however]@shrug_up, {thing} was {bad}^^@firm",
    ),
    "Comparison.Concession.Arg1-as-denier": (
        "[although]@shrug_up {thing} was {bad}^, {person} {did}^^@firm",
        "{person} {did}^ [although]@shrug_up {thing} was {bad}^",
        "[even_though]@shrug_up it was {bad} {place}, {person} {did}^^@firm",
    ),
    "Expansion.Conjunction": (
        "{person} {did}^@hop, [and]@transit {person} {did}^@hop",
        "{thing} was {good}^@hop, [and]@transit {thing} was {good}^@hop",
        "{person} {did}^ . {person} [also]@hop {did}^",
        "first^@count_one, {person} {did}, [second]^@count_two, {person} {did},"
        " third^@count_three, it became {good}",
        "first^@count_one, we need {thing}, [second]^@count_two, we need {thing}",
    ),
    "Expansion.Disjunction": (
        "you can {do}^@weigh_left [or]@transit you can {do}^@weigh_right",
        "maybe {thing} is {good}^@weigh_left, [or]@transit maybe it is {bad}^@weigh_right",
    ),
    "Expansion.Instantiation.Arg2-as-instance": (
        "many things are {good} {place} . [for_example]@present, {thing} is {good}^",
        "people can {do} here . [for_instance]@present, {person} {did}^",
    ),
    "Expansion.Level-of-detail.Arg2-as-detail": (
        "{thing} was {good} . [in_fact]@ring, it was the best^ {place}",
        "{person} worked hard . [in_particular]@ring, {person} {did}^",
        "{person} {did} . [specifically]@ring, it happened {place}^",
    ),
    "Expansion.Equivalence": (
        "{thing} was {bad} . [in_other_words]@cycle, nobody wanted to {do}^",
        "it was {good} . [that_is]@cycle, {person} {did}^",
    ),
    "Contingency.Cause.Result": (
        "{thing} was {bad}^, [so]@push_over {person} {did}^^@place_down",
        "{person} wanted to {do}, [so]@push_over {person} {did}^^@place_down",
        "{thing} was {good} . [therefore]@push_over, we could {do}^@place_down",
        "{person} {did} . [as_a_result]@push_over, {thing} was {good}^@place_down",
    ),
    "Contingency.Cause.Reason": (
        "{person} {did}^ [because]@to_self {thing} was {bad}^",
        "i love {thing} [because]@to_self it is {good}^",
        "[since]@to_self {thing} is {bad}, we cannot {do}^@firm",
        "{person} was happy, [as]@to_self {thing} was {good}^",
    ),
    "Contingency.Condition.Arg2-as-cond": (
        "[if]@lift {thing} is {good}^, we can {do}^^@release",
        "we could {do}^ [if]@lift {thing} was {good}^",
        "we can {do}^ [as_long_as]@lift {thing} is {good}^",
    ),
    "Contingency.Purpose.Arg2-as-goal": (
        "{person} {did} [so_that]@transit we could {do}^^@reach",
        "{person} {did} [in_order_to]@transit {do}^^@reach",
    ),
    "Temporal.Asynchronous.Precedence": (
        "{person} {did}^@earlier, [then]@later {person} {did}^",
        "{person} {did}^@earlier [before]@later {person} {did}^",
        "{person} waited^@earlier [until]@later {thing} was {good}^",
    ),
    "Temporal.Asynchronous.Succession": (
        "[after]@earlier {person} {did}^, {person} {did}^@later",
        "{person} {did}^@later [after]@earlier {person} {did}^",
        "it has been {good} [since]@earlier {person} {did}^",
    ),
    "Temporal.Synchronous": (
        "{person} {did}^ [when]@together {person} {did}^",
        "[when]@together {thing} is {good}, people {do}^",
        "{person} {did} [while]@together {person} {did}^",
        "{person} arrived just [as]@together {person} {did}^",
        "{person} {did} . [meanwhile]@together, {person} {did}^",
    ),
    "Expansion.Substitution.Arg2-as-subst": (
        "{person} did not^@sweep {do} . [instead]@sweep, {person} {did}^",
        "i do not^@sweep want to {do} . [instead]@sweep, i want to {do}^^@firm",
    ),
    "Expansion.Substitution.Arg1-as-subst": ("i would {do}^@firm [rather_than]@sweep {do}",),
}

_WORDS: tuple[str, ...] = (
    "{thing} is right here:d.down_here, you can see it",
    "come here:d.down_here and {do}^",
    "look over there:d.point_far, that is where {person} {did}",
    "{person} was standing there:d.point_far, {place}",
    "i mean this:d.point_near {idea}, not the other one",
    "this:d.point_near is what {person} wanted",
    "that:d.point_side is the reason, it was {bad}",
    "{person} asked me:d.self about the {idea}",
    "for me:d.self, {thing} is {good}^",
    "and you:d.to_you, what would you do",
    "maybe you:d.to_you have seen {thing} {place}",
    "we:d.we_all all like {thing}",
    "now:d.down_here we can {do}^",
    "yesterday:d.behind {person} {did}^",
    "up:d.point_up {place} it was {good}^",
    "so {person} threw:i.throw the ball across the room",
    "he threw:i.throw it away and {did}",
    "she opened:i.open_door the door and there was {thing}",
    "you open:i.open_door the box and look inside",
    "then i poured:i.pour the water into a glass",
    "{person} poured:i.pour tea for everyone {place}",
    "we climbed:i.climb the hill behind the house",
    "they climbed:i.climb up a long ladder",
    "{person} pushed:i.push the heavy door",
    "we pushed:i.push the car {place}",
    "it was a round:i.round table {place}",
    "imagine a round:i.round hole in the wall",
    "there was a tall:i.tall man {place}",
    "{thing} was so tall:i.tall that we laughed",
    "we walked around:i.around the lake",
    "turn it around:i.around and you see the other side",
    "{person} was typing:i.typing all night",
    "people running:i.running everywhere {place}",
    "a long flat:i.flat road along the coast",
    "{thing} was huge:m.wide, really",
    "it was a huge:m.wide {idea} for us",
    "the fish was this_big:m.wide, i promise",
    "they had a {idea} this_big:m.wide",
    "only a tiny:m.pinch part of {thing} was {bad}",
    "it was a tiny:m.pinch mistake {place}",
    "the whole:m.whole {idea} was {good}",
    "we looked at the whole:m.whole thing",
    "i had an idea:m.bowl about {thing}",
    "that idea:m.bowl changed everything {place}",
    "it is part:m.slice of the {idea}",
    "one part:m.slice of {thing} was {good}",
    "the process:m.cycle takes a long time",
    "it is a slow process:m.cycle, as you know",
    "the numbers increase:m.rise every year",
    "the cost will increase:m.rise again",
    "it is a question of balance:m.weigh_both",
    "we need a better balance:m.weigh_both {place}",
    "you have to think:m.temple about {thing}",
    "i think:m.temple the {idea} is {good}",
    "all:m.all_around the people were {good}",
    "there is nothing:m.sweep left {place}",
    "the level:m.flat of the {idea} is high",
    "everything:m.all_around was {good} {place}",
    "there is more:m.rise and more of it",
    "they come together:m.bring_together {place}",
)

_PLAIN: tuple[str, ...] = (
    "today i want to talk about {thing}^",
    "let me tell you something about {person}^",
    "{person} {did}^ many years ago",
    "so^ many people like {thing}",
    "{thing} and {thing} were {good}^ {place}",
    "it was as {good}^ as it could be",
    "a while^ ago {person} {did}",
    "we have lived {place} for ten^ years",
    "really^ it is a {good} {idea}",
    "twenty^ people {did} {place}",
)

RELATION_PATTERNS: tuple[Pattern, ...] = tuple(
    Pattern(text, sense) for sense, texts in _RELATIONS.items() for text in texts
)
"""Sentences with an explicit relation."""
WORD_PATTERNS: tuple[Pattern, ...] = tuple(Pattern(text) for text in _WORDS)
"""Sentences built around a word that asks for a gesture."""
PLAIN_PATTERNS: tuple[Pattern, ...] = tuple(Pattern(text) for text in _PLAIN)
"""Openings and fillers, among them words that look like connectives and are none."""

TALK: tuple[Pattern, ...] = (
    Pattern("today i want to talk about a huge:m.wide garden"),
    Pattern(
        "on_the_one_hand@item_right, it was beautiful^@item_right, [on_the_other_hand]@item_left,"
        " it was hard^^@item_left work",
        "Comparison.Contrast",
    ),
    Pattern(
        "first^@count_one, we cut the grass, [second]^@count_two, we planted a tree,"
        " third^@count_three, we built a fence",
        "Expansion.Conjunction",
    ),
    Pattern("we stopped^ early [because]@to_self the sun was too hot^", "Contingency.Cause.Reason"),
    Pattern("and right here:d.down_here, my father planted roses^"),
)
"""The sample talk: a size, a contrast, a list, a cause and a place."""
