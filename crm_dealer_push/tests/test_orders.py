"""Orders with any number of lines, as they go over the wire; no database is needed."""

from odoo.tests import BaseCase, tagged

from ..lib import dealer, errors
from ..lib.customers import Customer
from ..lib.dealer import OrderLine, OrderRequest, split_price


class StandInClient:
    """Answers calls from a table, and keeps what was asked."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def query(self, model, method, *args, **kwargs):
        self.asked.append((model, method, args, kwargs))
        answer = self.answers.get(f"{model}.{method}", [])
        return answer.pop(0) if answer and isinstance(answer[0], list) else answer

    change = query

    @staticmethod
    def mask(text):
        return text


def request(number=1, **values):
    """An order request with its own key."""
    return OrderRequest(
        **{
            "key": f"CRM/x/{number}",
            "external_id": f"__import__.order_{number}",
            "customer": Customer("Anna Keller"),
            "customer_external_id": f"__import__.customer_{number}",
            "lines": (OrderLine("A", 2, 10.0),),
            **values,
        }
    )


@tagged("post_install", "-at_install")
class TestOrders(BaseCase):
    def _dealer(self, **answers):
        products = {"A": 1, "B": 2}
        reference = dealer.Reference(version=[17, 0], products=products)
        return dealer.Dealer(StandInClient(**answers), reference)

    def test_a_total_that_does_not_divide_stays_exact(self):
        for total in (100, 99.99, 0.01, 20000, 12345.67):
            for quantity in (1, 2, 3, 7):
                lines = split_price(total, quantity)
                self.assertEqual(sum(number for number, _price in lines), quantity)
                found = sum(round(number * price, 2) for number, price in lines)
                self.assertEqual(round(found, 2), total)
        self.assertEqual(split_price(100, 3), [(2, 33.33), (1, 33.34)])
        self.assertEqual(split_price(1000, 3, 0), [(2, 333.0), (1, 334.0)])

    def test_lines_that_cannot_go_together(self):
        with self.assertRaises(ValueError):
            request(lines=())
        with self.assertRaises(ValueError):
            request(lines=(OrderLine("A", 1), OrderLine("B", 1, 5.0)))

    def test_rows_of_an_order(self):
        """The header once, a row for each line."""
        mats = OrderLine("B", 2, 5.0, {"discount": "10"})
        first = OrderLine("A", 2, 10.0, {"discount": "0"})
        order = request(lines=(first, mats), extra={"payment_term_id": "30 Days"})
        placement = dealer.Placement({order.key: order}, customers={order.key: 9})
        head, second = self._dealer()._rows(order, placement)
        self.assertEqual(head["payment_term_id"], "30 Days")
        self.assertEqual(head["client_order_ref"], order.key)
        self.assertEqual(head["order_line/price_unit"], "10.0")
        self.assertEqual(
            second,
            {
                "order_line/product_id/.id": "2",
                "order_line/product_uom_qty": "2",
                "order_line/price_unit": "5.0",
                "order_line/discount": "10",
            },
        )

    def test_a_bad_row_blames_its_own_order(self):
        """Not the order that has the same number among the orders."""
        groups = {
            "one": [{"id": "1", "line": "a"}, {"line": "b"}],
            "two": [{"id": "2", "line": "a"}, {"line": "bad"}, {"line": "c"}],
            "three": [{"id": "3", "line": "a"}],
        }
        bad = {
            "ids": False,
            "messages": [{"type": "error", "message": "no", "rows": {"from": 3}}],
        }
        answers = [bad, {"ids": [11, 13], "messages": []}]
        api = self._dealer()
        sent = []

        def change(_model, _method, columns, table, **_options):
            sent.append((columns, table))
            return answers.pop(0)

        api.client.change = change
        api.client.query = lambda *args, **kwargs: True
        made = {}
        refused = api.load_groups("sale.order", groups, made)
        self.assertEqual(set(refused), {"two"})
        self.assertEqual(made, {"one": 11, "three": 13})
        columns, rows = sent[-1]
        self.assertEqual(columns, ["id", "line"])
        self.assertEqual(rows, [["1", "a"], ["", "b"], ["3", "a"]])

    def test_answers_of_load_that_are_none(self):
        api = self._dealer()
        for answer in (None, [], {"ids": [1, 2]}, {"ids": ["x"]}, {"ids": 5}):
            api.client.change = lambda *args, answer=answer, **kwargs: answer
            with self.assertRaises(errors.AnswerLost):
                api.load_groups("sale.order", {"one": [{"id": "1"}]}, {})

    def test_lines_are_compared_as_a_set(self):
        api = self._dealer()

        def line(product, quantity, price):
            return {
                "product_id": [product, "x"],
                "product_uom_qty": quantity,
                "price_unit": price,
            }

        wanted = request(lines=(OrderLine("A", 2, 33.33), OrderLine("A", 1, 33.34)))
        for lines, same in (
            ([line(1, 1.0, 33.34), line(1, 2.0, 33.33)], True),
            ([line(1, 2.0, 33.33)], False),
            ([line(1, 2.0, 33.33), line(1, 1.0, 33.33)], False),
            ([line(1, 2.0, 33.33), line(1, 1.0, 33.34), line(2, 1.0, 5.0)], False),
            # what the dealer added of its own
            ([line(1, 2.0, 33.33), line(1, 1.0, 33.34), line(77, 1.0, 5.0)], True),
            ([], False),
        ):
            self.assertEqual(api._same_lines(wanted, lines), same, lines)

    def test_two_products_with_one_code(self):
        """Neither is ordered, and the code is named."""
        rows = [{"id": n, "default_code": "C"} for n in (8, 4)]
        api = self._dealer(**{"product.product.search_read": rows})
        order = request(lines=(OrderLine("C", 1),))
        placement = dealer.Placement({order.key: order})
        api.find_products(placement)
        [result] = placement.results.values()
        self.assertIsInstance(result, errors.ProductAmbiguous)
        self.assertEqual(result.detail, "C")
        self.assertEqual(api.ambiguous, {"C"})

    def test_rows_that_are_no_rows(self):
        for answer in (5, {}, [1], [{"id": "x", "name": 1}], [{"name": "x"}]):
            api = self._dealer()
            api.client.query = lambda *args, answer=answer, **kwargs: answer
            with self.assertRaises(errors.NotAnOdoo):
                api.read_rows("res.partner", [], ["name"])
