"""What the talks of the demo corpus are about: phrases for the slots of the patterns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """Phrases that fit together in one talk."""

    name: str
    thing: tuple[str, ...]
    place: tuple[str, ...]
    person: tuple[str, ...]
    good: tuple[str, ...]
    bad: tuple[str, ...]
    did: tuple[str, ...]
    """What somebody did: past tense, with object."""
    do: tuple[str, ...]
    """The same kind of deed as a plain verb."""
    idea: tuple[str, ...]

    def fillers(self, slot: str) -> tuple[str, ...]:
        """Phrases for the slot of this name."""
        phrases = {
            "thing": self.thing,
            "place": self.place,
            "person": self.person,
            "good": self.good,
            "bad": self.bad,
            "did": self.did,
            "do": self.do,
            "idea": self.idea,
        }
        if slot not in phrases:
            raise ValueError(f"a pattern asks for slot {slot!r}; there are {sorted(phrases)}")
        return phrases[slot]


TOPICS: tuple[Topic, ...] = (
    Topic(
        "kitchen",
        ("the soup", "the bread", "the oven", "the coffee", "the sauce", "the cake", "the salad"),
        ("at home", "in the kitchen", "at the market", "on the balcony", "in the bakery"),
        ("my grandmother", "the cook", "my brother", "our neighbour", "the baker"),
        ("fresh", "simple", "warm", "cheap", "delicious", "quick"),
        ("salty", "burnt", "slow", "expensive", "heavy", "cold"),
        ("baked two loaves", "tasted the sauce", "washed the plates", "chopped the onions"),
        ("bake more bread", "cook for friends", "taste it again", "save some money"),
        ("recipe", "taste", "tradition", "mixture", "habit"),
    ),
    Topic(
        "travel",
        ("the train", "the ticket", "the hotel", "the map", "the ferry", "the suitcase"),
        ("at the station", "in the old town", "by the lake", "at the border", "on the island"),
        ("the driver", "my sister", "the guide", "a stranger", "the captain"),
        ("fast", "comfortable", "cheap", "quiet", "friendly", "beautiful"),
        ("late", "crowded", "expensive", "noisy", "tiring", "dangerous"),
        ("missed the bus", "packed our bags", "crossed the river", "followed the road"),
        ("catch the ferry", "see the mountains", "arrive before dark", "travel alone"),
        ("journey", "plan", "adventure", "freedom", "distance"),
    ),
    Topic(
        "work",
        ("the report", "the meeting", "the office", "the computer", "the contract", "the budget"),
        ("at work", "in the office", "on the phone", "in the lab", "at the desk"),
        ("my boss", "the new colleague", "the client", "our team", "the manager"),
        ("clear", "useful", "fair", "easy", "productive", "honest"),
        ("boring", "difficult", "stressful", "confusing", "risky", "late"),
        ("wrote a letter", "finished the report", "called the client", "changed the plan"),
        ("finish on time", "win the contract", "talk to people", "solve the problem"),
        ("project", "strategy", "problem", "decision", "success"),
    ),
    Topic(
        "garden",
        ("the tree", "the roses", "the fence", "the grass", "the garden", "the apple tree"),
        ("in the garden", "behind the house", "under the tree", "near the fence", "at the pond"),
        ("my father", "the gardener", "my aunt", "the children", "our neighbour"),
        ("green", "healthy", "bright", "calm", "lovely", "sunny"),
        ("dry", "wild", "muddy", "wet", "shady", "cold"),
        ("planted tomatoes", "watered the flowers", "cut the grass", "built a small shed"),
        ("grow vegetables", "rest in the shade", "plant more trees", "feed the birds"),
        ("season", "growth", "patience", "nature", "cycle"),
    ),
    Topic(
        "school",
        ("the lesson", "the book", "the exam", "the classroom", "the homework", "the library"),
        ("at school", "in the library", "in the classroom", "at university", "on the campus"),
        ("the teacher", "my best friend", "the student", "my daughter", "the professor"),
        ("interesting", "clever", "playful", "helpful", "short", "modern"),
        ("hard", "long", "strict", "dull", "old", "complicated"),
        ("read three books", "passed the exam", "asked a question", "learned a song"),
        ("learn a language", "pass the exam", "understand the question", "read in peace"),
        ("knowledge", "subject", "question", "theory", "education"),
    ),
    Topic(
        "music",
        ("the guitar", "the concert", "the song", "the choir", "the piano", "the orchestra"),
        ("on the stage", "in the studio", "at the concert", "in the church", "in the park"),
        ("the singer", "my uncle", "the drummer", "the audience", "the conductor"),
        ("soft", "lively", "gentle", "bright", "joyful", "famous"),
        ("loud", "sad", "harsh", "empty", "forgotten", "slow"),
        ("played a solo", "sang together", "tuned the strings", "clapped for minutes"),
        ("play the drums", "sing in tune", "hear every note", "dance all night"),
        ("rhythm", "melody", "harmony", "silence", "feeling"),
    ),
    Topic(
        "city",
        ("the street", "the bridge", "the tower", "the park", "the museum", "the bus"),
        ("in the city", "on the bridge", "in the square", "at the corner", "by the river"),
        ("the mayor", "the architect", "an old friend", "the people", "the police"),
        ("clean", "safe", "open", "lively", "modern", "green"),
        ("dirty", "grey", "narrow", "noisy", "broken", "crowded"),
        ("crossed the bridge", "closed the street", "painted the wall", "opened a shop"),
        ("walk to work", "meet new people", "ride a bicycle", "find a flat"),
        ("traffic", "community", "change", "history", "balance"),
    ),
    Topic(
        "sport",
        ("the game", "the ball", "the race", "the stadium", "the bicycle", "the training"),
        ("on the field", "at the gym", "in the stadium", "on the beach", "in the pool"),
        ("the coach", "my cousin", "the runner", "the goalkeeper", "our team"),
        ("strong", "quick", "exciting", "healthy", "fair", "steady"),
        ("weak", "tired", "painful", "hopeless", "slow", "injured"),
        ("won the match", "scored twice", "lost the race", "trained every day"),
        ("win the cup", "stay healthy", "run faster", "reach the final"),
        ("effort", "goal", "team spirit", "progress", "chance"),
    ),
)
