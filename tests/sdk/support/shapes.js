// Checks answers against the types that the client declares: every answer becomes a literal in a
// TypeScript file and must be assignable to what its method promises.
//
// Nulls count as absent (strictNullChecks is off), because the compatible API answers null where the
// declarations say optional. Added properties are allowed. Missing ones and words outside of an
// enumeration are not.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..');

// Where the declarations differ from what the compatible API answers (and from each other), the API
// holds. Each entry gives the type that is checked instead.
const declaredOtherwise = {
    // The type of a balance is "loyalty_card" on the wire, "LOYALTY_CARD" in one of two declarations.
    'loyalties.addOrRemoveCardBalance': otherwise('loyalties.addOrRemoveCardBalance', 'type', "'loyalty_card'"),
    // "reward_assignment" on the wire and in one declaration, "reward-assignment" in the other.
    'rewards.getAssignment': 'Assignment',
    'rewards.createAssignment': 'Assignment',
    'rewards.updateAssignment': 'Assignment',
    'rewards.listAssignments': otherwise('rewards.listAssignments', 'data', 'Assignment[]'),
    'loyalties.getRewardAssignment': 'Assignment',
    'loyalties.listMemberRewards': otherwise('loyalties.listMemberRewards', 'data', "Offer<'loyalty_reward'>[]"),
    'loyalties.listLoyaltyTierRewards':
        otherwise('loyalties.listLoyaltyTierRewards', 'data', "Offer<'loyalty_tier_reward'>[]"),
    // Of the two declarations of an earning rule, one knows only rules by order amount.
    'loyalties.createEarningRule': 'Rule[]',
    'loyalties.updateEarningRule': 'Rule',
    'loyalties.getEarningRule': 'Rule',
    'loyalties.listEarningRules': otherwise('loyalties.listEarningRules', 'data', 'Rule[]'),
    // stock and redeemed are numbers on the wire and in one declaration, texts in the other.
    'loyalties.getRewardDetails': 'Reward',
    // Points that never end have no date on the wire; a date is declared for all.
    'loyalties.getPointsExpiration': otherwise('loyalties.getPointsExpiration', 'data', 'Bucket[]'),
    // "voucher" on the wire and for single redemptions, the word "string" where they are read.
    'redemptions.get': 'ReadRedemption',
    'redemptions.list': otherwise('redemptions.list', 'redemptions', '(ReadRedemption | SimpleRollback)[]'),
    'redemptions.getForVoucher':
        otherwise('redemptions.getForVoucher', 'redemption_entries', '(ReadRedemption | SimpleRollback)[]'),
    // A stack of one has no parent on the wire; it is declared for all. What was left out is a list on
    // the wire, declared as one of its items. The child is as redeemReward's.
    'redemptions.redeemStackable':
        "Omit<RedemptionsRedeemStackableResponse, 'parent_redemption' | 'redemptions' | " +
        "'skipped_redeemables' | 'inapplicable_redeemables'> & { parent_redemption?: object; " +
        "redemptions: Spent[]; skipped_redeemables: object[]; inapplicable_redeemables: object[] }",
    // A card is a voucher too: the declarations of these know other vouchers only.
    'redemptions.rollback': otherwise('redemptions.rollback', 'voucher', 'LoyaltiesVoucherResponse'),
    'redemptions.redeem': otherwise('redemptions.redeem', 'voucher', 'LoyaltiesVoucherResponse'),
    // Pictures of a code (assets) are not made.
    'customers.listRedeemables': otherwise('customers.listRedeemables', 'data', 'Held[]'),
    'vouchers.get': 'LoyaltiesVoucherResponse',
    'vouchers.enable': 'LoyaltiesVoucherResponse',
    'vouchers.disable': 'LoyaltiesVoucherResponse',
    // The product of a thing is declared as a product and a SKU at once, which nothing can be.
    // The customer of its order is declared with referrals there, with an id and the word elsewhere.
    'loyalties.redeemReward': 'Spent',
};

function otherwise(method, property, type) {
    return `Omit<${typeOf(method)}, '${property}'> & { ${property}: ${type} }`;
}

const prelude = `
import type {
    EarningRule, LoyaltiesRedeemRewardResponse, LoyaltiesVoucherResponse, OrdersCreateResponse,
    ProductsCreateResponse, Redemption,
    RedemptionsRedeemStackableResponse, Reward as DeclaredReward, RewardsAssignmentObject, SimpleRollback, VoucherifyServerSide,
    LoyaltiesGetPointsExpirationResponseBody as Buckets,
} from '@voucherify/sdk';
type Client = ReturnType<typeof VoucherifyServerSide>;
type Answer<F> = F extends (...args: any[]) => Promise<infer R> ? R : never;
type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

type Assignment = RewardsAssignmentObject & { related_object_id: string; related_object_type: 'campaign' };
type Reward = Omit<DeclaredReward, 'stock' | 'redeemed'> & { stock?: number; redeemed?: number };
type Offer<Word> = { reward: Reward; assignment: Assignment; object: Word };
type Bucket = Omit<Buckets['data'][number], 'expires_at'> & { expires_at?: string };
// A rule for a custom event carries the event's own name.
type Rule = Omit<EarningRule, 'event'> & { event: string };
type ReadRedemption = Omit<Redemption, 'related_object_type'> & { related_object_type: 'voucher' };
type Handed = LoyaltiesRedeemRewardResponse['reward'];
type Thing = Extract<Handed, { type: 'MATERIAL' }>;
type Redeemed = Exclude<Handed, Thing> | (Omit<Thing, 'product'> & { product: ProductsCreateResponse });
type Spent = Omit<LoyaltiesRedeemRewardResponse, 'reward' | 'order'> &
    { reward: Redeemed; order?: OrdersCreateResponse };
type Wallet = Answer<Client['customers']['listRedeemables']>['data'][number];
type Held = Omit<Wallet, 'redeemable'> &
    { redeemable: Omit<Wallet['redeemable'], 'voucher'> & { voucher: Omit<Wallet['redeemable']['voucher'], 'assets'> } };
declare function literal<const T>(value: T): Mutable<T>;
`;

function typeOf(method) {
    return `Answer<Client${method.split('.').map((name) => `['${name}']`).join('')}>`;
}

// DELETE answers 204: the client gives "" where its declarations say undefined or unknown.
const checked = ({ answer }) => typeof answer === 'object' && answer !== null;

/** All misfits, in words: [] when every answer fits. */
export function misfits(notes) {
    const seen = new Set();
    const lines = prelude.split('\n');
    const methodOfLine = [];
    for (const note of notes.filter(checked)) {
        const line = `{ const it: ${declaredOtherwise[note.method] ?? typeOf(note.method)} = literal(${JSON.stringify(note.answer)}); void it; }`;
        if (seen.has(line)) continue;
        seen.add(line);
        methodOfLine[lines.length] = note.method;
        lines.push(line);
    }
    const name = join(folder, 'answers.ts');
    const options = {
        noEmit: true, strict: true, strictNullChecks: false, exactOptionalPropertyTypes: false,
        target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Bundler, skipLibCheck: true, types: [],
    };
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists, readFile } = host;
    const text = lines.join('\n');
    host.getSourceFile = (file, language) =>
        file === name ? ts.createSourceFile(file, text, language) : getSourceFile.call(host, file, language);
    host.fileExists = (file) => file === name || fileExists.call(host, file);
    host.readFile = (file) => (file === name ? text : readFile.call(host, file));
    const program = ts.createProgram([name], options, host);
    return ts.getPreEmitDiagnostics(program).map((found) => {
        const words = ts.flattenDiagnosticMessageText(found.messageText, '\n  ');
        if (!found.file || found.file.fileName !== name) return words;
        const { line } = found.file.getLineAndCharacterOfPosition(found.start);
        return `${methodOfLine[line] ?? `line ${line}`}: ${words}`;
    });
}
