from odoo.tests.common import BaseCase

from ..lib.transitions import Pipeline, Refusal, Stage

NEW = Stage(1, 1)
QUALIFIED = Stage(2, 2)
NEGOTIATION = Stage(3, 3)
WON = Stage(4, 70, closed=True)
LOST = Stage(5, 80, closed=True, folded=True)


class TestTransitions(BaseCase):
    """The rule alone: no database, no Odoo."""

    def setUp(self):
        super().setUp()
        self.pipeline = Pipeline([LOST, NEGOTIATION, NEW, WON, QUALIFIED])

    def test_the_table(self):
        """Every move between the stages of the suite, and to and from none."""
        yes = None
        wrong, last, closed, none = (
            Refusal.NOT_NEXT,
            Refusal.LAST,
            Refusal.CLOSED,
            Refusal.NO_STAGE,
        )
        #             none    New     Qualif. Negot.  Won  Lost
        table = {
            None: (yes, yes, none, none, yes, yes),
            NEW: (yes, yes, yes, wrong, yes, yes),
            QUALIFIED: (wrong, wrong, yes, yes, yes, yes),
            NEGOTIATION: (last, last, last, yes, yes, yes),
            WON: (closed, closed, closed, closed, yes, yes),
            LOST: (closed, closed, closed, closed, yes, yes),
        }
        stages = list(table)
        for origin, row in table.items():
            for target, expected in zip(stages, row, strict=True):
                with self.subTest(origin=origin, target=target):
                    found = self.pipeline.refusal(
                        origin and origin.id, target and target.id, None
                    )
                    self.assertEqual(found, expected)

    def test_path_is_the_teams(self):
        """Another team's stage is no step, its own is."""
        mine = Stage(10, 2, team_ids=frozenset({1}))
        theirs = Stage(11, 2, team_ids=frozenset({2}))
        pipeline = Pipeline([NEW, mine, theirs, NEGOTIATION, WON])
        self.assertEqual(pipeline.path(1), [NEW, mine, NEGOTIATION])
        self.assertEqual(pipeline.path(None), [NEW, NEGOTIATION])
        self.assertIsNone(pipeline.refusal(NEW.id, mine.id, 1))
        self.assertEqual(pipeline.refusal(NEW.id, theirs.id, 1), Refusal.NOT_NEXT)
        self.assertEqual(pipeline.refusal(NEW.id, NEGOTIATION.id, 1), Refusal.NOT_NEXT)
        self.assertIsNone(pipeline.refusal(NEW.id, NEGOTIATION.id, None))

    def test_equivalent_stage_after_a_change_of_team(self):
        """The same step of the new team's path, or its last, by whatever numbers."""
        theirs = Stage(11, 2, team_ids=frozenset({2}))
        early = Stage(12, 0, team_ids=frozenset({2}))
        pipeline = Pipeline([NEW, theirs, early, NEGOTIATION, WON])
        # team 2 walks early, NEW, theirs, NEGOTIATION; team 1 NEW, NEGOTIATION
        self.assertEqual(pipeline.equivalent_stage(theirs, 1), NEGOTIATION)
        self.assertEqual(pipeline.equivalent_stage(early, 1), NEW)
        self.assertEqual(pipeline.equivalent_stage(NEGOTIATION, 1), NEGOTIATION)
        self.assertEqual(pipeline.equivalent_stage(WON, 1), WON)
        self.assertIsNone(pipeline.refusal(early.id, NEW.id, 1))
        self.assertIsNone(pipeline.refusal(theirs.id, NEGOTIATION.id, 1))
        self.assertEqual(pipeline.refusal(theirs.id, NEW.id, 1), Refusal.LAST)

    def test_two_changes_of_team_lead_nowhere_further(self):
        """There and back again is no way to jump over a stage."""
        mine = [Stage(20 + n, n, team_ids=frozenset({1})) for n in range(3)]
        theirs = [Stage(30 + n, 50 + n, team_ids=frozenset({2})) for n in range(4)]
        pipeline = Pipeline([*mine, *theirs, WON])
        for stage in mine:
            back = pipeline.equivalent_stage(pipeline.equivalent_stage(stage, 2), 1)
            self.assertEqual(back, stage)
        self.assertEqual(pipeline.equivalent_stage(theirs[0], 1), mine[0])
        self.assertEqual(pipeline.equivalent_stage(theirs[3], 1), mine[2])

    def test_archived_stages_are_left_but_not_entered(self):
        archived = QUALIFIED._replace(archived=True)
        pipeline = Pipeline([NEW, archived, NEGOTIATION, WON])
        self.assertIsNone(pipeline.refusal(NEW.id, NEGOTIATION.id, None))
        self.assertIsNone(pipeline.refusal(archived.id, NEGOTIATION.id, None))
        self.assertEqual(pipeline.refusal(NEW.id, archived.id, None), Refusal.NOT_NEXT)

    def test_equal_sequences_are_told_apart_by_id(self):
        twin = Stage(9, QUALIFIED.sequence)
        pipeline = Pipeline([twin, NEW, QUALIFIED, WON])
        self.assertEqual(pipeline.path(None), [NEW, QUALIFIED, twin])
        self.assertIsNone(pipeline.refusal(QUALIFIED.id, twin.id, None))
        self.assertEqual(pipeline.refusal(twin.id, QUALIFIED.id, None), Refusal.LAST)

    def test_start_is_not_folded(self):
        folded = Stage(8, 0, folded=True)
        self.assertEqual(Pipeline([folded, NEW]).start(None), NEW)
        self.assertEqual(Pipeline([folded]).start(None), folded)
        self.assertIsNone(Pipeline([WON]).start(None))
