import re

from odoo.tests import tagged

from .test_progress import ProgressCase

BOARD = "/my/opportunities?view=board"


@tagged("post_install", "-at_install")
class TestBoard(ProgressCase):
    """The open deals by milestone: plain forms, whatever the browser can do."""

    def _columns(self, text):
        """Return each column of a page by its heading."""
        found = re.findall(r"<section[^>]*o_reseller_column.*?</section>", text)
        return {
            re.search(r"<h2[^>]*>\s*(.*?)\s*<span", column).group(1): column
            for column in found
        }

    def _get_columns(self, url=BOARD):
        return self._columns(self._get_main(self._get(url)))

    def test_deals_stand_under_their_milestone_with_sums(self):
        self._reach("contacted")
        other = self._create_deal(self.anna, name="Two pumps", expected_revenue=500)
        other.with_user(self.anna).sudo()._reseller_progress(self.contacted)
        lost = self._create_deal(self.anna, name="Lost pumps")
        lost.action_set_lost()
        self._create_lead(self.alder, name="Still a lead")
        self._login(self.anna)
        columns = self._get_columns()
        self.assertEqual(
            list(columns),
            ["Not started", "Contacted", "Qualified", "Quoted", "Ordered"],
        )
        self.assertIn("Two pumps", columns["Contacted"])
        self.assertIn("1,500.00", columns["Contacted"].replace("\u00a0", " "))
        self.assertIn("No deals here", columns["Quoted"])
        text = self._get(BOARD).text
        for name in ("Lost pumps", "Still a lead"):
            self.assertNotIn(name, text)
        # the list leads to the board and back; the leads' page has none
        self.assertIn("view=board", self._get("/my/opportunities").text)
        self.assertNotIn("view=board", self._get("/my/leads").text)

    def test_a_card_is_moved_by_its_own_button(self):
        self._login(self.anna)
        text = self._get(BOARD).text
        self.assertIn(f'formaction="{self.address}"', text)
        response = self._post(
            BOARD, self.address, milestone_id=str(self.contacted.id), back="board"
        )
        self.assertIn("Our team sees where the deal is", response.text)
        self.assertIn("view=board", response.url)
        self.assertEqual(self.deal.reseller_milestone_id, self.contacted)
        # a quote asks for more, then returns to the board
        response = self._post(
            BOARD, self.address, milestone_id=str(self.quoted.id), back="board"
        )
        self.assertIn("Amount of the quote", response.text)
        response = self._post(
            BOARD,
            self.address,
            milestone_id=str(self.quoted.id),
            back="board",
            filled="1",
            amount="800",
            valid_until=self._today(9),
        )
        self.assertIn("view=board", response.url)
        self.assertEqual(self.deal.reseller_milestone_id, self.quoted)

    def test_long_columns_lead_to_the_list(self):
        for number in range(8):
            self._create_deal(self.anna, name=f"Pump {number}")
        self._login(self.anna)
        column = self._get_columns()["Not started"]
        self.assertIn("3 more in the list", column)
        self.assertIn(
            "Not started", self._get("/my/opportunities?groupby=milestone").text
        )

    def test_search_and_person(self):
        self._create_deal(self.ben, name="Bens pumps")
        self._login(self.sue)
        self.assertIn("Bens pumps", self._get(BOARD).text)
        self.assertNotIn("Bens pumps", self._get(f"{BOARD}&search=forty").text)
        for query in ("search=nothing", "who=x&search=%25"):
            self.assertIn("No opportunity fits", self._get(f"{BOARD}&{query}").text)
        who = f"{BOARD}&who={self.ben.partner_id.id}"
        self.assertNotIn("Forty pumps", self._get(who).text)
        self._login(self.anna)
        self.assertNotIn("Bens pumps", self._get(BOARD).text)

    def test_where_the_level_moves_nothing_there_are_no_buttons(self):
        self.level.can_edit_opportunity = False
        self._login(self.anna)
        text = self._get(BOARD).text
        self.assertNotIn("formaction", text)
        self.assertIn("cannot move deals", text)

    def test_an_empty_board_shows_the_way_on(self):
        self._login(self.bob)
        self.assertIn("Go to your leads", self._get(BOARD).text)
