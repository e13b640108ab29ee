"""The choreography: every movement by name.

What each sense and type does follows the literature on recurrent gestures (McNeill, Kendon,
Calbris, Mueller, Bressem, Hinnell; sizes after a study of 785 clips of television speech).
"""

from indexing.demo.gestures_ideas import IDEAS
from indexing.demo.gestures_pictures import PICTURES
from indexing.demo.gestures_relations import RELATIONS
from indexing.demo.movement import Movement

MOVEMENTS: dict[str, Movement] = {**RELATIONS, **PICTURES, **IDEAS}
"""By the names that patterns use."""
