"""How a machine without Odoo gets one, and the drivers that run and test the suite."""
