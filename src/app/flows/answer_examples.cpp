#include "app/flows/answer_examples.hpp"

#include <fmt/format.h>

namespace perennial::flows::examples {
namespace {

// The object with more in it.
std::string with(std::string object, std::string_view more) {
    object.back() = ',';
    return object.append(more) + "}";
}

const std::string silver = R"({"id":"ltr_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Silver"})";

const std::string order_item =
    R"({"id":"ordli_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"order_item","source_id":"1",)"
    R"("related_object":"product","product_id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("quantity":2,"price":5000,"amount":10000,"discount_amount":500,"subtotal_amount":9500,)"
    R"("product":{"id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"kenya",)"
    R"("name":"Kenya AA"},"metadata":{}})";

std::string order_of(const std::string& item) {
    return R"({"id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"POS-1",)"
           R"("created_at":"2026-03-01T10:15:00.000Z","updated_at":"2026-03-01T10:15:00.000Z",)"
           R"("status":"PAID","amount":10000,"initial_amount":10000,"discount_amount":800,)"
           R"("total_discount_amount":800,"total_amount":9200,"items":[)" + item +
           R"(],"metadata":{"channel":"web"},"customer":{)"
           R"("id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"customer"},)"
           R"("customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","referrer":null,)"
           R"("referrer_id":null,"redemptions":{},"object":"order"})";
}

// A card, where it is only named.
const std::string voucher =
    R"({"id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","code":"CARD-0042","campaign":"Circle",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"LOYALTY_CARD",)"
    R"("object":"voucher"})";

const std::string product =
    R"({"id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"butter-croissant",)"
    R"("name":"Butter Croissant","price":250,"attributes":[],"metadata":{},)"
    R"("image_url":"https://shop.example/croissant.jpg","created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","object":"product"})";

const std::string reward =
    R"({"name":"Pastry of the day","type":"MATERIAL","parameters":{"product":{)"
    R"("id":"prod_0190a1b2c3d4e5f60718293a4b5c6d7e"}},"created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","id":"rew_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("assignment_id":"rewa_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("loyalty_tier_id":"ltr_0190a1b2c3d4e5f60718293a4b5c6d7e","product":)" + product +
    R"(,"object":"reward"})";

std::string balance_of(std::string_view amount) {
    return R"({")" + std::string(amount) +
           R"(":100,"total":450,"balance":120,"type":"loyalty_card","object":"balance",)"
           R"("operation_type":"MANUAL","related_object":{"type":"voucher",)"
           R"("id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e"}})";
}

}  // namespace

const std::string customer =
    R"({"id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"anna","name":"Anna Lind",)"
    R"("email":"anna@example.com","phone":"+4790000000","created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":"2026-03-01T10:15:00.000Z","metadata":{},"loyalty":{"points":120,)"
    R"("referred_customers":0,"campaigns":{"Circle":{"points":120,"referred_customers":0,)"
    R"("loyalty_tier":)" + silver +
    R"(}}},"object":"customer"})";

const std::string card =
    R"({"id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e","code":"CARD-0042","campaign":"Circle",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","type":"LOYALTY_CARD",)"
    R"("category":null,"category_id":null,"categories":[],"discount":null,"gift":null,)"
    R"("loyalty_card":{"points":450,"balance":120,"next_expiration_date":"2026-12-31",)"
    R"("next_expiration_points":40,"pending_points":15,"expired_points":0,"subtracted_points":0},)"
    R"("start_date":null,"expiration_date":null,"validity_timeframe":null,)"
    R"("validity_day_of_week":null,"validity_hours":null,"active":true,"additional_info":null,)"
    R"("metadata":{},"is_referral_code":false,)"
    R"("holder_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","referrer_id":null,)"
    R"("created_at":"2026-03-01T10:15:00.000Z","updated_at":"2026-03-01T10:15:00.000Z",)"
    R"("publish":{"object":"list","count":1,)"
    R"("url":"/v1/vouchers/CARD-0042/publications?page=1&limit=10"},"redemption":{)"
    R"("object":"list","quantity":null,"redeemed_quantity":2,"redeemed_points":330,)"
    R"("url":"/v1/vouchers/CARD-0042/redemptions?page=1&limit=10"},)"
    R"("validation_rules_assignments":{"object":"list","total":0,"data_ref":"data","data":[]},)"
    R"("object":"voucher"})";

const std::string order = order_of(order_item);

const std::string order_return =
    R"({"object":"order_return","order":)" +
    with(order_of(with(order_item, R"("returned_quantity":1)")), R"("returned_amount":4600)") +
    R"(,"points":60,"expired_points":0,"missing_points":0,"repeated":false})";

const std::string balance = balance_of("points");
const std::string voucher_balance = balance_of("amount");

const std::string transaction =
    R"({"id":"vtx_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"ticket-77",)"
    R"("voucher_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","source":"API",)"
    R"("reason":"A late parcel","type":"POINTS_ACCRUAL","details":{"balance":{)"
    R"("type":"loyalty_card","total":450,"object":"balance","points":100,"balance":120,)"
    R"("operation_type":"AUTOMATIC","related_object":{"id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("type":"voucher"}},"order":{"id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("source_id":"POS-1"},"earning_rule":{"id":"ern_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("source":{"banner":"1 point per euro"}}},"related_transaction_id":null,)"
    R"("created_at":"2026-03-01T10:15:00.000Z"})";

const std::string pending_points =
    R"({"id":"lopp_0190a1b2c3d4e5f60718293a4b5c6d7e00000002",)"
    R"("voucher_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("order_id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e","points":15,"activates_at":"2026-03-15",)"
    R"("details":{"order":{"id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e","source_id":"POS-1"},)"
    R"("earning_rule":{"id":"ern_0190a1b2c3d4e5f60718293a4b5c6d7e","source":{)"
    R"("banner":"15 points, after two weeks"}}},"created_at":"2026-03-01T10:15:00.000Z",)"
    R"("object":"pending_points"})";

const std::string bucket =
    R"({"id":"lopb_0190a1b2c3d4e5f60718293a4b5c6d7e00000001",)"
    R"("voucher_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","bucket":{"total_points":40},)"
    R"("status":"ACTIVE","expires_at":"2026-12-31","created_at":"2026-03-01T10:15:00.000Z",)"
    R"("updated_at":null,"object":"loyalty_points_bucket"})";

const std::string statement =
    R"({"object":"statement","voucher":)" + voucher +
    R"(,"from":"2026-03-01T10:15:00.000Z","at":"2026-03-31T21:59:59.999Z","opening_balance":20,)"
    R"("closing_balance":120,"pending_points":15,"loyalty_tier":"Silver","data_ref":"lines",)"
    R"("lines":[{"at":"2026-03-01T10:15:00.000Z","id":"vtx_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("type":"POINTS_ACCRUAL","reason":"Earned: Per euro","points":100,"pending_points":0,)"
    R"("balance":120}]})";

const std::string activity =
    R"({"id":"evvou_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("type":"customer.voucher.loyalty_card.points_added","data":{"voucher":)" + voucher +
    R"(,"campaign":{"id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Circle"},"points":100,)"
    R"("pending_points":0,"balance":120,"transaction":)" + transaction +
    R"(},"created_at":"2026-03-01T10:15:00.000Z","group_id":"v-0190a1b2c3d4e5f607",)"
    R"("category":"EFFECT","event_source":{"channel":"API"}})";

const std::string older_activity = with(activity, R"("object":"activity")");

namespace {

// What a redemption and its rollback have in common.
const std::string redeemed =
    R"("order":)" + order +
    R"(,"channel":{"channel_id":"4c1c0d6f","channel_type":"API"},"customer":{)"
    R"("id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Anna Lind",)"
    R"("email":"anna@example.com","source_id":"anna","metadata":{},"object":"customer"},)"
    R"("related_object_type":"voucher","related_object_id":"v_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("voucher":)" + voucher + R"(,"reward":)" + reward;

}  // namespace

const std::string redemption =
    R"({"id":"r_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"redemption",)"
    R"("date":"2026-03-01T10:15:00.000Z","customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("tracking_id":null,"metadata":{},"amount":60,"result":"SUCCESS","status":"SUCCEEDED",)" +
    redeemed +
    R"(,"loyalty_card":{"points":60}})";

const std::string rollback =
    R"({"id":"rr_0190a1b2c3d4e5f60718293a4b5c6d7e","object":"redemption_rollback",)"
    R"("date":"2026-03-01T10:15:00.000Z","customer_id":"cust_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("tracking_id":null,"metadata":{},"amount":-60,)"
    R"("redemption":"r_0190a1b2c3d4e5f60718293a4b5c6d7e","reason":"sent back","result":"SUCCESS",)"
    R"("status":"SUCCEEDED",)" + redeemed + R"(,"loyalty_card":{"points":-60}})";

const std::string stack =
    R"({"redemptions":[)" + redemption + R"(],"order":)" + order +
    R"(,"inapplicable_redeemables":[],"skipped_redeemables":[]})";

const std::string found_member =
    R"({"customer":)" + customer +
    R"(,"vouchers":[)" + with(card, R"("loyalty_tier":)" + silver) +
    R"(],"object":"member"})";

const std::string liability =
    R"({"object":"liability","campaign_id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("campaign":"Circle","as_of":"2026-03-01T10:15:00.000Z","currency":"EUR",)"
    R"("point_value":"0.01","cards":4151,"points":{"active":531666,"pending":1755,"debt":0,)"
    R"("net":531666},"by_age":[{"from_months":0,"to_months":2,"points":192770}],"by_end":[{)"
    R"("month":"2026-12","points":62776}],"roll_forward":[{"month":"2026-02","opening":13441,)"
    R"("issued":39184,"taken_back":-429,"redeemed":-1580,"expired":0,"adjusted":0,)"
    R"("transferred":0,"closing":50616,"opening_pending":525,"pending_added":1515,)"
    R"("pending_canceled":-60,"pending_activated":-1305,"closing_pending":675}]})";

const std::string clock =
    R"({"object":"clock","now":"2026-03-01T10:15:00.000Z","test_clock":true,)"
    R"("timezone":"Europe/Oslo"})";

const std::string explanation =
    R"({"object":"explanation","order_id":"ord_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("source_id":"POS-1","status":"PAID","amount":10000,"total_amount":9200,"decided":true,)"
    R"("decided_at":"2026-03-01T10:15:00.000Z","definitions_version":36,"engine_version":1,)"
    R"("facts":{},"points":138,"programs":[{"id":"camp_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("name":"Circle","earning_rules":[{"id":"ern_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("name":"Per euro","outcome":"earned","points":138,)"
    R"("explanation":"92 points, which the tier Silver (x1.5) makes 138","multipliers":[{)"
    R"("id":"ltr_0190a1b2c3d4e5f60718293a4b5c6d7e","name":"Silver","multiplier":"1.5"}],)"
    R"("credited":138,"taken_back":0,"transaction_id":"vtx_0190a1b2c3d4e5f60718293a4b5c6d7e",)"
    R"("matches":true}]}]})";

std::string cursor_list(std::string_view one) {
    return fmt::format(R"({{"object":"list","data_ref":"data","data":[{}],"has_more":true,)"
                       R"("more_starting_after":"vtx_0190a1b2c3d4e5f60718293a4b5c6d7e"}})",
                       one);
}

}  // namespace perennial::flows::examples
