#include "app/flows/answer_examples.hpp"

#include <fmt/format.h>

namespace perennial::flows::examples {

const char* const customer =
    R"({"id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"anna","name":"Anna Lind",)"
    R"("email":"anna@example.com","phone":"+4790000000","created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","metadata":{},"loyalty":{"points":120,)"
    R"("referred_customers":0,"campaigns":{"Circle":{"points":120,"referred_customers":0,)"
    R"("loyalty_tier":{"id":"ltr_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Silver"}}}},)"
    R"("object":"customer"})";

const char* const card =
    R"({"id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","code":"CARD-0042","campaign":"Circle",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"LOYALTY_CARD","category":null,)"
    R"("category_id":null,"categories":[],"discount":null,"gift":null,"loyalty_card":{"points":450,)"
    R"("balance":120,"next_expiration_date":"2026-12-31","next_expiration_points":40,)"
    R"("pending_points":15,"expired_points":0,"subtracted_points":0},"start_date":null,)"
    R"("expiration_date":null,"validity_timeframe":null,"validity_day_of_week":null,)"
    R"("validity_hours":null,"active":true,"additional_info":null,"metadata":{},)"
    R"("is_referral_code":false,"holder_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("referrer_id":null,"created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","publish":{"object":"list","count":1,)"
    R"("url":"/v1/vouchers/CARD-0042/publications?page=1&limit=10"},"redemption":{"object":"list",)"
    R"("quantity":null,"redeemed_quantity":2,"redeemed_points":330,)"
    R"("url":"/v1/vouchers/CARD-0042/redemptions?page=1&limit=10"},"validation_rules_assignments":{)"
    R"("object":"list","total":0,"data_ref":"data","data":[]},"object":"voucher"})";

const char* const order =
    R"({"id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"POS-1",)"
    R"("created_at":"2026-03-01T10:15:00.000Z","updated_at":"2026-03-01T10:15:00.000Z",)"
    R"("status":"PAID","amount":10000,"initial_amount":10000,"discount_amount":800,)"
    R"("total_discount_amount":800,"total_amount":9200,"items":[{)"
    R"("id":"ordli_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"order_item","source_id":"1",)"
    R"("related_object":"product","product_id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","quantity":2,)"
    R"("price":5000,"amount":10000,"discount_amount":500,"subtotal_amount":9500,"product":{)"
    R"("id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"kenya","name":"Kenya AA"},)"
    R"("metadata":{}}],"metadata":{"channel":"web"},"customer":{)"
    R"("id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"customer"},)"
    R"("customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","referrer":null,"referrer_id":null,)"
    R"("redemptions":{},"object":"order"})";

const char* const order_return =
    R"({"object":"order_return","order":{"id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("source_id":"POS-1","created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","status":"PAID","amount":10000,)"
    R"("initial_amount":10000,"discount_amount":800,"total_discount_amount":800,"total_amount":9200,)"
    R"("items":[{"id":"ordli_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"order_item",)"
    R"("source_id":"1","related_object":"product",)"
    R"("product_id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","quantity":2,"price":5000,)"
    R"("amount":10000,"discount_amount":500,"subtotal_amount":9500,"product":{)"
    R"("id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"kenya","name":"Kenya AA"},)"
    R"("metadata":{},"returned_quantity":1}],"metadata":{"channel":"web"},"customer":{)"
    R"("id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"customer"},)"
    R"("customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","referrer":null,"referrer_id":null,)"
    R"("redemptions":{},"object":"order","returned_amount":4600},"points":60,"expired_points":0,)"
    R"("missing_points":0,"repeated":false})";

const char* const balance =
    R"({"points":100,"total":450,"balance":120,"type":"loyalty_card","object":"balance",)"
    R"("operation_type":"MANUAL","related_object":{"type":"voucher",)"
    R"("id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e"}})";

const char* const voucher_balance =
    R"({"amount":100,"total":450,"balance":120,"type":"loyalty_card","object":"balance",)"
    R"("operation_type":"MANUAL","related_object":{"type":"voucher",)"
    R"("id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e"}})";

const char* const transaction =
    R"({"id":"vtx_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"ticket-77",)"
    R"("voucher_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","source":"API",)"
    R"("reason":"A late parcel","type":"POINTS_ACCRUAL","details":{"balance":{"type":"loyalty_card",)"
    R"("total":450,"object":"balance","points":100,"balance":120,"operation_type":"AUTOMATIC",)"
    R"("related_object":{"id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"voucher"}},"order":{)"
    R"("id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"POS-1"},"earning_rule":{)"
    R"("id":"ern_0190a1b2c3d4e5f60718293a4b5c6d7e","source":{"banner":"1 point per euro"}}},)"
    R"("related_transaction_id":null,"created_at":"2026-03-01T10:15:00.000Z"})";

const char* const pending_points =
    R"({"id":"lopp_0190a1b2c3d4e5f60718293a4b5c6d7e00000002",)"
    R"("voucher_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("order_id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e","points":15,"activates_at":"2026-03-15",)"
    R"("details":{"order":{"id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"POS-1"},)"
    R"("earning_rule":{"id":"ern_0190a1b2c3d4e5f60718293a4b5c6d7e","source":{"banner":"15 points,)"
    R"( after two weeks"}}},"created_at":"2026-03-01T10:15:00.000Z","object":"pending_points"})";

const char* const bucket =
    R"({"id":"lopb_0190a1b2c3d4e5f60718293a4b5c6d7e00000001",)"
    R"("voucher_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","bucket":{"total_points":40},)"
    R"("status":"ACTIVE","expires_at":"2026-12-31","created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":null,"object":"loyalty_points_bucket"})";

const char* const statement =
    R"({"object":"statement","voucher":{"id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("code":"CARD-0042","campaign":"Circle","campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("type":"LOYALTY_CARD","object":"voucher"},"from":"2026-03-01T10:15:00.000Z",)"
    R"("at":"2026-03-31T21:59:59.999Z","opening_balance":20,"closing_balance":120,)"
    R"("pending_points":15,"loyalty_tier":"Silver","data_ref":"lines","lines":[{)"
    R"("at":"2026-03-01T10:15:00.000Z","id":"vtx_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("type":"POINTS_ACCRUAL","reason":"Earned: Per euro","points":100,"pending_points":0,)"
    R"("balance":120}]})";

const char* const activity =
    R"({"id":"evvou_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("type":"customer.voucher.loyalty_card.points_added","data":{"voucher":{)"
    R"("id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","code":"CARD-0042","campaign":"Circle",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"LOYALTY_CARD",)"
    R"("object":"voucher"},"campaign":{"id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("name":"Circle"},"points":100,"pending_points":0,"balance":120,"transaction":{)"
    R"("id":"vtx_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"ticket-77",)"
    R"("voucher_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","source":"API",)"
    R"("reason":"A late parcel","type":"POINTS_ACCRUAL","details":{"balance":{"type":"loyalty_card",)"
    R"("total":450,"object":"balance","points":100,"balance":120,"operation_type":"AUTOMATIC",)"
    R"("related_object":{"id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"voucher"}},"order":{)"
    R"("id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"POS-1"},"earning_rule":{)"
    R"("id":"ern_0190a1b2c3d4e5f60718293a4b5c6d7e","source":{"banner":"1 point per euro"}}},)"
    R"("related_transaction_id":null,"created_at":"2026-03-01T10:15:00.000Z"}},)"
    R"("created_at":"2026-03-01T10:15:00.000Z","group_id":"v-0190a1b2c3d4e5f607",)"
    R"("category":"EFFECT","event_source":{"channel":"API"}})";

const char* const older_activity =
    R"({"id":"evvou_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("type":"customer.voucher.loyalty_card.points_added","data":{"voucher":{)"
    R"("id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","code":"CARD-0042","campaign":"Circle",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"LOYALTY_CARD",)"
    R"("object":"voucher"},"campaign":{"id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("name":"Circle"},"points":100,"pending_points":0,"balance":120,"transaction":{)"
    R"("id":"vtx_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"ticket-77",)"
    R"("voucher_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","source":"API",)"
    R"("reason":"A late parcel","type":"POINTS_ACCRUAL","details":{"balance":{"type":"loyalty_card",)"
    R"("total":450,"object":"balance","points":100,"balance":120,"operation_type":"AUTOMATIC",)"
    R"("related_object":{"id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"voucher"}},"order":{)"
    R"("id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"POS-1"},"earning_rule":{)"
    R"("id":"ern_0190a1b2c3d4e5f60718293a4b5c6d7e","source":{"banner":"1 point per euro"}}},)"
    R"("related_transaction_id":null,"created_at":"2026-03-01T10:15:00.000Z"}},)"
    R"("created_at":"2026-03-01T10:15:00.000Z","group_id":"v-0190a1b2c3d4e5f607",)"
    R"("category":"EFFECT","event_source":{"channel":"API"},"object":"activity"})";

const char* const redemption =
    R"({"id":"r_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"redemption",)"
    R"("date":"2026-03-01T10:15:00.000Z","customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("tracking_id":null,"metadata":{},"amount":60,"result":"SUCCESS","status":"SUCCEEDED",)"
    R"("order":{"id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"POS-1",)"
    R"("created_at":"2026-03-01T10:15:00.000Z","updated_at":"2026-03-01T10:15:00.000Z",)"
    R"("status":"PAID","amount":10000,"initial_amount":10000,"discount_amount":800,)"
    R"("total_discount_amount":800,"total_amount":9200,"items":[{)"
    R"("id":"ordli_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"order_item","source_id":"1",)"
    R"("related_object":"product","product_id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","quantity":2,)"
    R"("price":5000,"amount":10000,"discount_amount":500,"subtotal_amount":9500,"product":{)"
    R"("id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"kenya","name":"Kenya AA"},)"
    R"("metadata":{}}],"metadata":{"channel":"web"},"customer":{)"
    R"("id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"customer"},)"
    R"("customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","referrer":null,"referrer_id":null,)"
    R"("redemptions":{},"object":"order"},"channel":{"channel_id":"4c1c0d6f","channel_type":"API"},)"
    R"("customer":{"id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Anna Lind",)"
    R"("email":"anna@example.com","source_id":"anna","metadata":{},"object":"customer"},)"
    R"("related_object_type":"voucher","related_object_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("voucher":{"id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","code":"CARD-0042","campaign":"Circle",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"LOYALTY_CARD",)"
    R"("object":"voucher"},"reward":{"name":"Pastry of the day","type":"MATERIAL","parameters":{)"
    R"("product":{"id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e"}},)"
    R"("created_at":"2026-03-01T10:15:00.000Z","updated_at":"2026-03-01T10:15:00.000Z",)"
    R"("id":"rew_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("assignment_id":"rewa_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("loyalty_tier_id":"ltr_0190a1b2c3d4e5f60718293a4b5c6d7e","product":{)"
    R"("id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"butter-croissant",)"
    R"("name":"Butter Croissant","price":250,"attributes":[],"metadata":{},)"
    R"("image_url":"https://shop.example/croissant.jpg","created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","object":"product"},"object":"reward"},)"
    R"("loyalty_card":{"points":60}})";

const char* const rollback =
    R"({"id":"rr_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"redemption_rollback",)"
    R"("date":"2026-03-01T10:15:00.000Z","customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("tracking_id":null,"metadata":{},"amount":-60,)"
    R"("redemption":"r_0190a1b2c3d4e5f60718293a4b5c6d7e","reason":"sent back","result":"SUCCESS",)"
    R"("status":"SUCCEEDED","order":{"id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("source_id":"POS-1","created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","status":"PAID","amount":10000,)"
    R"("initial_amount":10000,"discount_amount":800,"total_discount_amount":800,"total_amount":9200,)"
    R"("items":[{"id":"ordli_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"order_item",)"
    R"("source_id":"1","related_object":"product",)"
    R"("product_id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","quantity":2,"price":5000,)"
    R"("amount":10000,"discount_amount":500,"subtotal_amount":9500,"product":{)"
    R"("id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"kenya","name":"Kenya AA"},)"
    R"("metadata":{}}],"metadata":{"channel":"web"},"customer":{)"
    R"("id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"customer"},)"
    R"("customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","referrer":null,"referrer_id":null,)"
    R"("redemptions":{},"object":"order"},"channel":{"channel_id":"4c1c0d6f","channel_type":"API"},)"
    R"("customer":{"id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Anna Lind",)"
    R"("email":"anna@example.com","source_id":"anna","metadata":{},"object":"customer"},)"
    R"("related_object_type":"voucher","related_object_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("voucher":{"id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","code":"CARD-0042","campaign":"Circle",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"LOYALTY_CARD",)"
    R"("object":"voucher"},"reward":{"name":"Pastry of the day","type":"MATERIAL","parameters":{)"
    R"("product":{"id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e"}},)"
    R"("created_at":"2026-03-01T10:15:00.000Z","updated_at":"2026-03-01T10:15:00.000Z",)"
    R"("id":"rew_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("assignment_id":"rewa_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("loyalty_tier_id":"ltr_0190a1b2c3d4e5f60718293a4b5c6d7e","product":{)"
    R"("id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"butter-croissant",)"
    R"("name":"Butter Croissant","price":250,"attributes":[],"metadata":{},)"
    R"("image_url":"https://shop.example/croissant.jpg","created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","object":"product"},"object":"reward"},)"
    R"("loyalty_card":{"points":-60}})";

const char* const stack =
    R"({"redemptions":[{"id":"r_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"redemption",)"
    R"("date":"2026-03-01T10:15:00.000Z","customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("tracking_id":null,"metadata":{},"amount":60,"result":"SUCCESS","status":"SUCCEEDED",)"
    R"("order":{"id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"POS-1",)"
    R"("created_at":"2026-03-01T10:15:00.000Z","updated_at":"2026-03-01T10:15:00.000Z",)"
    R"("status":"PAID","amount":10000,"initial_amount":10000,"discount_amount":800,)"
    R"("total_discount_amount":800,"total_amount":9200,"items":[{)"
    R"("id":"ordli_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"order_item","source_id":"1",)"
    R"("related_object":"product","product_id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","quantity":2,)"
    R"("price":5000,"amount":10000,"discount_amount":500,"subtotal_amount":9500,"product":{)"
    R"("id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"kenya","name":"Kenya AA"},)"
    R"("metadata":{}}],"metadata":{"channel":"web"},"customer":{)"
    R"("id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"customer"},)"
    R"("customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","referrer":null,"referrer_id":null,)"
    R"("redemptions":{},"object":"order"},"channel":{"channel_id":"4c1c0d6f","channel_type":"API"},)"
    R"("customer":{"id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Anna Lind",)"
    R"("email":"anna@example.com","source_id":"anna","metadata":{},"object":"customer"},)"
    R"("related_object_type":"voucher","related_object_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("voucher":{"id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","code":"CARD-0042","campaign":"Circle",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"LOYALTY_CARD",)"
    R"("object":"voucher"},"reward":{"name":"Pastry of the day","type":"MATERIAL","parameters":{)"
    R"("product":{"id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e"}},)"
    R"("created_at":"2026-03-01T10:15:00.000Z","updated_at":"2026-03-01T10:15:00.000Z",)"
    R"("id":"rew_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("assignment_id":"rewa_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("loyalty_tier_id":"ltr_0190a1b2c3d4e5f60718293a4b5c6d7e","product":{)"
    R"("id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"butter-croissant",)"
    R"("name":"Butter Croissant","price":250,"attributes":[],"metadata":{},)"
    R"("image_url":"https://shop.example/croissant.jpg","created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","object":"product"},"object":"reward"},)"
    R"("loyalty_card":{"points":60}}],"order":{"id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("source_id":"POS-1","created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","status":"PAID","amount":10000,)"
    R"("initial_amount":10000,"discount_amount":800,"total_discount_amount":800,"total_amount":9200,)"
    R"("items":[{"id":"ordli_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"order_item",)"
    R"("source_id":"1","related_object":"product",)"
    R"("product_id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","quantity":2,"price":5000,)"
    R"("amount":10000,"discount_amount":500,"subtotal_amount":9500,"product":{)"
    R"("id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"kenya","name":"Kenya AA"},)"
    R"("metadata":{}}],"metadata":{"channel":"web"},"customer":{)"
    R"("id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"customer"},)"
    R"("customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","referrer":null,"referrer_id":null,)"
    R"("redemptions":{},"object":"order"},"inapplicable_redeemables":[],"skipped_redeemables":[]})";

const char* const found_member =
    R"({"customer":{"id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"anna",)"
    R"("name":"Anna Lind","email":"anna@example.com","phone":"+4790000000",)"
    R"("created_at":"2026-03-01T10:15:00.000Z","updated_at":"2026-03-01T10:15:00.000Z","metadata":{)"
    R"(},"loyalty":{"points":120,"referred_customers":0,"campaigns":{"Circle":{"points":120,)"
    R"("referred_customers":0,"loyalty_tier":{"id":"ltr_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("name":"Silver"}}}},"object":"customer"},"vouchers":[{)"
    R"("id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","code":"CARD-0042","campaign":"Circle",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"LOYALTY_CARD","category":null,)"
    R"("category_id":null,"categories":[],"discount":null,"gift":null,"loyalty_card":{"points":450,)"
    R"("balance":120,"next_expiration_date":"2026-12-31","next_expiration_points":40,)"
    R"("pending_points":15,"expired_points":0,"subtracted_points":0},"start_date":null,)"
    R"("expiration_date":null,"validity_timeframe":null,"validity_day_of_week":null,)"
    R"("validity_hours":null,"active":true,"additional_info":null,"metadata":{},)"
    R"("is_referral_code":false,"holder_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("referrer_id":null,"created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","publish":{"object":"list","count":1,)"
    R"("url":"/v1/vouchers/CARD-0042/publications?page=1&limit=10"},"redemption":{"object":"list",)"
    R"("quantity":null,"redeemed_quantity":2,"redeemed_points":330,)"
    R"("url":"/v1/vouchers/CARD-0042/redemptions?page=1&limit=10"},"validation_rules_assignments":{)"
    R"("object":"list","total":0,"data_ref":"data","data":[]},"object":"voucher","loyalty_tier":{)"
    R"("id":"ltr_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Silver"}}],"object":"member"})";

const char* const liability =
    R"({"object":"liability","campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("campaign":"Circle","as_of":"2026-03-01T10:15:00.000Z","currency":"EUR","point_value":"0.01",)"
    R"("cards":4151,"points":{"active":531666,"pending":1755,"debt":0,"net":531666},"by_age":[{)"
    R"("from_months":0,"to_months":2,"points":192770}],"by_end":[{"month":"2026-12",)"
    R"("points":62776}],"roll_forward":[{"month":"2026-02","opening":13441,"issued":39184,)"
    R"("taken_back":-429,"redeemed":-1580,"expired":0,"adjusted":0,"transferred":0,"closing":50616,)"
    R"("opening_pending":525,"pending_added":1515,"pending_canceled":-60,"pending_activated":-1305,)"
    R"("closing_pending":675}]})";

const char* const clock =
    R"({"object":"clock","now":"2026-03-01T10:15:00.000Z","test_clock":true,)"
    R"("timezone":"Europe/Oslo"})";

const char* const explanation =
    R"({"object":"explanation","order_id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("source_id":"POS-1","status":"PAID","amount":10000,"total_amount":9200,"decided":true,)"
    R"("decided_at":"2026-03-01T10:15:00.000Z","definitions_version":36,"engine_version":1,"facts":{)"
    R"(},"points":138,"programs":[{"id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Circle",)"
    R"("earning_rules":[{"id":"ern_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Per euro",)"
    R"("outcome":"earned","points":138,"explanation":"92 points,)"
    R"( which the tier Silver (x1.5) makes 138","multipliers":[{)"
    R"("id":"ltr_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Silver","multiplier":"1.5"}],)"
    R"("credited":138,"taken_back":0,"transaction_id":"vtx_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("matches":true}]}]})";

std::string cursor_list(std::string_view one) {
    return fmt::format(R"({{"object":"list","data_ref":"data","data":[{}],"has_more":true,)"
                       R"("more_starting_after":"vtx_0190a1b2c3d4e5f60718293a4b5c6d7e"}})",
                       one);
}

}  // namespace perennial::flows::examples
